/** The middle of several curves at each of their steps, and the range that most of them keep to. */
export interface Band {
  readonly median: readonly (number | null)[];
  /** The 10 % quantile. */
  readonly low: readonly (number | null)[];
  /** The 90 % quantile. */
  readonly high: readonly (number | null)[];
}

const quantiles = [0.5, 0.1, 0.9] as const;

/**
 * Median and 10–90 % range of curves with the same steps, by linear interpolation between order statistics (Hyndman and
 * Fan's type 7, NumPy's default). Values that are null or not finite are left out; a step without any is null.
 *
 * @param curves one array of values per curve, all of the same length
 */
export function band(curves: readonly (readonly (number | null)[])[]): Band {
  const length = curves[0]?.length ?? 0;
  const [median, low, high] = quantiles.map(() => new Array<number | null>(length).fill(null));
  const all = new Float64Array(curves.length);
  for (let i = 0; i < length; i += 1) {
    let n = 0;
    for (const curve of curves) {
      const value = curve[i] ?? null;
      if (value !== null && Number.isFinite(value)) all[n++] = value;
    }
    const values = all.subarray(0, n).sort();
    for (const [k, side] of [median, low, high].entries()) {
      if (side !== undefined) side[i] = quantileOf(values, quantiles[k] ?? 0);
    }
  }
  return { median: median ?? [], low: low ?? [], high: high ?? [] };
}

/** Linear between the two nearest values of an ascending list; null if there is none. */
function quantileOf(values: Float64Array, at: number): number | null {
  const place = at * (values.length - 1);
  const below = Math.floor(place);
  const low = values[below];
  if (low === undefined) return null;
  return low + (place - below) * ((values[below + 1] ?? low) - low);
}
