import { Signal } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { differenceOf } from "./curve.ts";
import { absMean, ratio, relL1 } from "./ratio.ts";

/** How much of a cell's steps its solver state rounded away. */
export interface RoundingShare {
  /** Steps whose latent moved less than half of what Euler's rule asks. */
  readonly still: number;
  readonly steps: number;
  /** still / steps. */
  readonly share: number;
}

/** A step counts as still below this share of Δσ·mean|cfg| / mean|latent_in|. */
const stillBelow = 0.5;

/**
 * Steps that should have moved the latent and did not. Euler moves it by Δσ·cfg, so its relative L1 is
 * Δσ·mean|cfg| / mean|latent_in| exactly; a low-precision state that rounds most elements back moves less.
 *
 * @returns null where no step can be judged: another solver than Euler, or no finite sums
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
    const asked = ratio((step.sigma - step.sigmaNext) * prediction, state);
    if (asked === null || !Number.isFinite(asked) || !Number.isFinite(moved)) continue;
    steps += 1;
    if (moved < stillBelow * asked) still += 1;
  }
  const share = ratio(still, steps);
  return share === null ? null : { still, steps, share };
}
