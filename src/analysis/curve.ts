import type { Step } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { differenceOf, type Metric } from "./metric.ts";
import { once } from "./once.ts";
import { relL1 } from "./ratio.ts";

/** diffusers' number of training timesteps: timestep = 1000·sigma. */
export const trainingTimesteps = 1000;

/** How far a cell has come at each of its evaluations; all arrays have one entry an evaluation. */
export interface Progress {
  readonly cellId: string;
  /** step / steps, in [0, 1); further evaluations of a step lie evenly between it and the next. */
  readonly fraction: readonly number[];
  /** 1000 − timestep: 0 is noise, 1000 is clean. */
  readonly elapsed: readonly number[];
}

/** A relative L1 along a cell. */
export interface Curve extends Progress {
  readonly metric: Metric;
  /** Dimensionless; null where a step has none, as the first has for predictions. */
  readonly values: readonly (number | null)[];
  /** Whether sigma lies apart where the two tensors were taken; not so where Heun's method looks twice at one sigma. */
  readonly apart: readonly boolean[];
}

export const progress: (cell: CellRecord) => Progress = once(({ cellId, cell, steps }) => {
  const evaluations = new Map<number, number>();
  for (const { step, evaluation } of steps) if (evaluation > 0) evaluations.set(step, evaluation + 1);
  return {
    cellId,
    fraction: steps.map(({ step, evaluation }) => (step + evaluation / (evaluations.get(step) ?? 1)) / cell.steps),
    elapsed: steps.map(({ timestep }) => trainingTimesteps - timestep),
  };
});

const curves: Readonly<Record<Metric, (cell: CellRecord) => Curve>> = {
  cond: once((cell) => takeCurve(cell, "cond")),
  cfg: once((cell) => takeCurve(cell, "cfg")),
  latent: once((cell) => takeCurve(cell, "latent")),
};

/** The curve of a cell, which figures, densities and tables ask for alike. */
export function curve(cell: CellRecord, metric: Metric): Curve {
  return curves[metric](cell);
}

function takeCurve(cell: CellRecord, metric: Metric): Curve {
  const { steps } = cell;
  const difference = differenceOf[metric];
  return {
    ...progress(cell),
    metric,
    values: steps.map((step) => relL1(step.pairs(difference))),
    apart: steps.map(({ sigma, sigmaNext }, i) => sigma !== (metric === "latent" ? sigmaNext : steps[i - 1]?.sigma)),
  };
}

/**
 * A metric's relative L1 by latent frame, each against the same frame of its reference.
 *
 * @param steps of one cell, as `readSteps` gives them
 * @returns one series a latent frame, each with one value an evaluation
 */
export function frameSeries(steps: readonly Step[], metric: Metric): (number | null)[][] {
  const wanted = differenceOf[metric];
  const sums = steps.map(({ differences }) => differences.find(({ difference }) => difference === wanted)?.frames);
  const frames = sums.reduce((most, step) => Math.max(most, step?.length ?? 0), 0);
  return Array.from({ length: frames }, (_, frame) => sums.map((step) => relL1(step?.[frame])));
}
