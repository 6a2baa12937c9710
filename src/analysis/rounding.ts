import { Signal } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { differenceOf } from "./curve.ts";
import { absMean, ratio, relL1 } from "./ratio.ts";

/** How many of a cell's steps were lost to rounding of the solver state. */
export interface RoundingShare {
  /** Steps that moved the latent less than half as far as Euler's rule predicts. */
  readonly still: number;
  readonly steps: number;
  /** still / steps. */
  readonly share: number;
}

/** A step counts as still below this share of Δσ·mean|cfg| / mean|latent_in|. */
const stillBelow = 0.5;

/**
 * Counts steps that should have moved the latent and did not. Euler moves it by Δσ·cfg, so its relative L1 is exactly
 * Δσ·mean|cfg| / mean|latent_in|. In a low-precision state most elements may round back to their old value.
 *
 * @returns null if no step can be judged: a sampler other than Euler, or no finite sums
 */
export function roundingShare(cell: CellRecord): RoundingShare | null {
  if (cell.cell.sampler !== "euler") return null;
  let still = 0;
  let steps = 0;
  for (const step of cell.steps) {
    const moved = relL1(step.pairs(differenceOf.latent));
    const prediction = absMean(step.sums(Signal.SIGNAL_CFG));
    const state = absMean(step.sums(Signal.SIGNAL_LATENT_IN));
    if (moved === null || prediction === null || state === null) continue;
    const predicted = ratio((step.sigma - step.sigmaNext) * prediction, state);
    if (predicted === null || !Number.isFinite(predicted) || !Number.isFinite(moved)) continue;
    steps += 1;
    if (moved < stillBelow * predicted) still += 1;
  }
  const share = ratio(still, steps);
  return share === null ? null : { still, steps, share };
}
