/**
 * Uniform numbers in [0, 1), the same for the same seed on every machine (mulberry32): intervals by bootstrap must not
 * change from one look to the next.
 */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value with a 95 % interval; the interval is null if there is nothing to resample. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [low: number, high: number] | null;
}

/** The value at a fraction of a list in ascending order, interpolated linearly. */
export function quantile(ascending: readonly number[], fraction: number): number {
  const place = fraction * (ascending.length - 1);
  const below = Math.floor(place);
  const low = ascending[below] ?? Number.NaN;
  return low + (place - below) * ((ascending[below + 1] ?? low) - low);
}

/**
 * 95 % percentile intervals by bootstrap: units are drawn with replacement, as many as there are.
 *
 * @param units how many there are; below 2 there are no intervals
 * @param statistics of the drawn units, given by their indices: always as many
 */
export function bootstrapAll(
  units: number,
  statistics: (drawn: readonly number[]) => readonly number[],
  draws = 400,
): (place: number) => Estimate["interval"] {
  if (units < 2) return () => null;
  const next = uniform(1);
  const found = Array.from({ length: draws }, () =>
    statistics(Array.from({ length: units }, () => Math.floor(next() * units))),
  );
  return (place) => {
    const values = found.map((of) => of[place] ?? Number.NaN).filter(Number.isFinite);
    if (values.length < draws / 2) return null;
    values.sort((a, b) => a - b);
    return [quantile(values, 0.025), quantile(values, 0.975)];
  };
}

/** The same for one statistic. */
export function bootstrap(
  units: number,
  statistic: (drawn: readonly number[]) => number,
  draws = 400,
): Estimate["interval"] {
  return bootstrapAll(units, (drawn) => [statistic(drawn)], draws)(0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** exp of the mean logarithm. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

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
