import type { PairSums, Sums } from "../generated/l1probe/v1/probe.ts";
import type { Counted } from "../record/evaluations.ts";

/*
 * Every division of l1probe: sums from the wire in, ratios out. A ratio is null if the sums are absent or its
 * denominator is zero, and NaN or infinite if non-finite elements entered the sums.
 */

/** numerator / denominator, or null if the denominator is zero. */
export function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

/** Mean of |x|: Σ|x| / count, in the signal's own unit. */
export function absMean(sums: Counted<Sums> | undefined): number | null {
  return sums === undefined ? null : ratio(sums.sumAbs, Number(sums.count));
}

/** Root mean square of x: √(Σx² / count), in the signal's own unit. */
export function rms(sums: Counted<Sums> | undefined): number | null {
  const mean = sums === undefined ? null : ratio(sums.sumSquares, Number(sums.count));
  return mean === null ? null : Math.sqrt(mean);
}

/** Relative L1, dimensionless: Σ|a − b| / Σ|b|, the measure of TeaCache (arXiv:2411.19108) with b as the reference. */
export function relL1(pair: Counted<PairSums> | undefined): number | null {
  return pair === undefined ? null : ratio(pair.sumAbsDifference, pair.sumAbsReference);
}

/** Σb² of a pair, from Σ(a − b)² = Σa² + Σb² − 2Σab; `a` is the signal that the pair compares with its reference. */
function referenceSquares(pair: Counted<PairSums>, a: Counted<Sums>): number {
  return pair.sumSquaredDifference - a.sumSquares + 2 * pair.sumProduct;
}

/** Relative L2, dimensionless: √(Σ(a − b)² / Σb²). */
export function relL2(pair: Counted<PairSums> | undefined, a: Counted<Sums> | undefined): number | null {
  if (pair === undefined || a === undefined) return null;
  const squared = ratio(pair.sumSquaredDifference, referenceSquares(pair, a));
  return squared === null ? null : Math.sqrt(squared);
}

/** Cosine similarity of a and b over all elements: Σab / √(Σa²·Σb²), in [−1, 1] within rounding. */
export function cosine(pair: Counted<PairSums> | undefined, a: Counted<Sums> | undefined): number | null {
  if (pair === undefined || a === undefined) return null;
  return ratio(pair.sumProduct, Math.sqrt(a.sumSquares * referenceSquares(pair, a)));
}
