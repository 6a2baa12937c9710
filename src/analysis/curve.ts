import type { Cell } from "../experiment/cell.ts";
import { usesTrueCfg } from "../experiment/trueCfg.ts";
import { Difference } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { relL1 } from "./ratio.ts";

/** The metrics that figures draw, in drawing order; those of the article behind l1probe (docs/article.md). */
export const metrics = ["cond", "cfg", "latent"] as const;

/**
 * Which tensors a relative L1 compares. `cond` and `cfg`: a prediction with the one before it (the transformer's
 * conditional output; what the solver received). `latent`: the solver's state after a step with the state before it.
 */
export type Metric = (typeof metrics)[number];

/** The wire's name of each metric's difference. The first step has no difference of predictions. */
export const differenceOf: Readonly<Record<Metric, Difference>> = {
  cond: Difference.DIFFERENCE_COND,
  cfg: Difference.DIFFERENCE_CFG,
  latent: Difference.DIFFERENCE_LATENT,
};

/** Whether a cell runs an unconditional forward too, so that cfg differs from cond. */
export function runsTrueCfg(cell: Cell): boolean {
  return usesTrueCfg(cell) && cell.negative_prompt !== null;
}

/** The metrics that differ from each other in a sweep: without true CFG, cfg is cond. */
export function distinctMetrics(cells: readonly Cell[]): Metric[] {
  return metrics.filter((metric) => metric !== "cfg" || cells.some(runsTrueCfg));
}

/** Computes a function of an object once per object, and forgets the result with the object. */
function memoise<Of extends object, Result>(make: (of: Of) => Result): (of: Of) => Result {
  const made = new WeakMap<Of, Result>();
  return (of) => {
    const known = made.get(of);
    if (known !== undefined) return known;
    const result = make(of);
    made.set(of, result);
    return result;
  };
}

/** diffusers' number of training timesteps: timestep = 1000·sigma. */
export const trainingTimesteps = 1000;

/** The x positions of a cell's evaluations; each array has one entry per evaluation. */
export interface Positions {
  readonly cellId: string;
  /** step / steps, in [0, 1); further evaluations of a step are spread evenly up to the next one. */
  readonly fraction: readonly number[];
  /** 1000 − timestep: 0 is noise, 1000 is clean. */
  readonly reversedTimestep: readonly number[];
}

/** A relative L1 along a cell. */
export interface Curve extends Positions {
  readonly metric: Metric;
  /** Dimensionless; null if a step has no value, such as the first step for predictions. */
  readonly values: readonly (number | null)[];
  /** False if both tensors were taken at the same sigma (Heun's corrector). */
  readonly sigmaChanged: readonly boolean[];
}

export const positions: (cell: CellRecord) => Positions = memoise(({ cellId, cell, steps }) => {
  const evaluations = new Map<number, number>();
  for (const { step, evaluation } of steps) if (evaluation > 0) evaluations.set(step, evaluation + 1);
  return {
    cellId,
    fraction: steps.map(({ step, evaluation }) => (step + evaluation / (evaluations.get(step) ?? 1)) / cell.steps),
    reversedTimestep: steps.map(({ timestep }) => trainingTimesteps - timestep),
  };
});

const curves: Readonly<Record<Metric, (cell: CellRecord) => Curve>> = {
  cond: memoise((cell) => takeCurve(cell, "cond")),
  cfg: memoise((cell) => takeCurve(cell, "cfg")),
  latent: memoise((cell) => takeCurve(cell, "latent")),
};

/** The curve of a cell; computed once per cell. */
export function curve(cell: CellRecord, metric: Metric): Curve {
  return curves[metric](cell);
}

function takeCurve(cell: CellRecord, metric: Metric): Curve {
  const { steps } = cell;
  const difference = differenceOf[metric];
  return {
    ...positions(cell),
    metric,
    values: steps.map((step) => relL1(step.pairs(difference))),
    sigmaChanged: steps.map(
      ({ sigma, sigmaNext }, i) => sigma !== (metric === "latent" ? sigmaNext : steps[i - 1]?.sigma),
    ),
  };
}
