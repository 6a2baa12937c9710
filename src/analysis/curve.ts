import type { Cell } from "../experiment/cell.ts";
import { Difference } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { relL1 } from "./ratio.ts";

/** The three curves of the article, in the order in which they are drawn. */
export const metrics = ["cond", "cfg", "latent"] as const;

/**
 * What a relative L1 is taken of. `cond` and `cfg`: a prediction against the one before it (the transformer's
 * conditional output; what the solver received). `latent`: the solver's state after a step against before it.
 */
export type Metric = (typeof metrics)[number];

/** What the wire calls the difference that a metric is of; the first step has none of predictions. */
export const differenceOf: Readonly<Record<Metric, Difference>> = {
  cond: Difference.DIFFERENCE_COND,
  cfg: Difference.DIFFERENCE_CFG,
  latent: Difference.DIFFERENCE_LATENT,
};

/** Whether a cell runs an unconditional forward too, so that cfg differs from cond. */
export function runsTrueCfg(cell: Cell): boolean {
  return cell.true_cfg_scale > 1 && cell.negative_prompt !== null;
}

/** The metrics that differ from each other in a sweep: without true CFG, cfg is cond. */
export function distinctMetrics(cells: readonly Cell[]): Metric[] {
  return metrics.filter((metric) => metric !== "cfg" || cells.some(runsTrueCfg));
}

/** A function of one object that is worked out once an object, as long as that lives. */
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

/** How far a cell has come at each of its evaluations; all arrays have one entry an evaluation. */
export interface Positions {
  readonly cellId: string;
  /** step / steps, in [0, 1); further evaluations of a step lie evenly between it and the next. */
  readonly fraction: readonly number[];
  /** 1000 − timestep: 0 is noise, 1000 is clean. */
  readonly reversedTimestep: readonly number[];
}

/** A relative L1 along a cell. */
export interface Curve extends Positions {
  readonly metric: Metric;
  /** Dimensionless; null where a step has none, as the first has for predictions. */
  readonly values: readonly (number | null)[];
  /** Whether sigma lies sigmaChanged where the two tensors were taken; not so where Heun's method looks twice at one sigma. */
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

/** The curve of a cell, which figures, densities and tables ask for alike. */
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
