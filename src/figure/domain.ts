/** Ratio of the highest to the lowest value from which a logarithmic axis shows more than a linear one. */
const logFrom = 100;

/** The range of an axis of positive measurements, and whether it is better read in decades. */
export interface Range {
  readonly scale: "linear" | "log";
  readonly domain: readonly [number, number];
}

/**
 * Linear from 0, with a twentieth of headroom, unless the values span more than two decades; then whole decades.
 * Values that are null, not finite, or, for decades, not above 0 do not count.
 */
export function rangeOf(curves: Iterable<Iterable<number | null>>): Range {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const values of curves) {
    for (const value of values) {
      if (value === null || !Number.isFinite(value) || value <= 0) continue;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }
  if (highest === 0) return { scale: "linear", domain: [0, 1] };
  if (highest / lowest < logFrom) return { scale: "linear", domain: [0, highest * 1.05] };
  return { scale: "log", domain: [lowest / 1.2, highest * 1.2] };
}
