import type { CellRecord } from "../record/record.ts";
import { type Curve, curve, type Metric } from "./curve.ts";
import { ratio } from "./ratio.ts";

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
