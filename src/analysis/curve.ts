import type { Cell } from "../experiment/cell.ts";
import { usesTrueCfg } from "../experiment/trueCfg.ts";
import { Difference, type Step } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { ratio, relL1 } from "./ratio.ts";

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

/**
 * Change of each latent frame over the steps of one cell: the data of a heat map, latent frame × step.
 *
 * To load only this cell's steps: `frameChange(await readSteps(directory, cellId), "cond")`.
 *
 * @param steps of one cell, in order, as `readSteps` returns them
 * @returns `[latent frame][evaluation]`: rel-L1 of that frame against the same frame of the reference, Σ|a − b| / Σ|b|,
 * dimensionless; null if the metric has no value, such as cond and cfg in the first evaluation; NaN or infinite if
 * non-finite elements entered the sums. Empty if the sums per latent frame were left out.
 */
export function frameChange(steps: readonly Pick<Step, "differences">[], metric: Metric): (number | null)[][] {
  const wanted = differenceOf[metric];
  const sums = steps.map(({ differences }) => differences.find(({ difference }) => difference === wanted)?.frames);
  const frames = sums.reduce((most, step) => Math.max(most, step?.length ?? 0), 0);
  return Array.from({ length: frames }, (_, frame) => sums.map((step) => relL1(step?.[frame])));
}

/** How much a metric changes per unit of sigma. */
export interface ChangePerSigma extends Curve {
  /** The distance in sigma between the two tensors that the metric compares; null if there is no pair. */
  readonly deltaSigma: readonly (number | null)[];
  /** Relative L1 / Δσ, per unit of sigma; also null if Δσ is 0. */
  readonly values: readonly (number | null)[];
}

/** Δσ of each step: σ − σ_next > 0. */
export function stepSizes(cell: CellRecord): number[] {
  return cell.steps.map((step) => step.sigma - step.sigmaNext);
}

/**
 * Relative L1 / Δσ. Step k moves the latent by σ_k − σ_{k+1}. The prediction of step k differs from the one before it
 * because sigma went from σ_{k−1} to σ_k, so its Δσ is that of the step before.
 */
export function changePerSigma(cell: CellRecord, metric: Metric): ChangePerSigma {
  const measured = curve(cell, metric);
  const sizes = metric === "latent" ? stepSizes(cell) : sigmaSincePrevious(cell);
  const deltaSigma = measured.values.map((value, i) => (value === null ? null : (sizes[i] ?? null)));
  return {
    ...measured,
    deltaSigma,
    values: measured.values.map((value, i) => {
      const size = deltaSigma[i];
      return value === null || size === null || size === undefined ? null : ratio(value, size);
    }),
  };
}

function sigmaSincePrevious(cell: CellRecord): (number | null)[] {
  return cell.steps.map((step, i) => {
    const before = cell.steps[i - 1];
    return before === undefined ? null : before.sigma - step.sigma;
  });
}
