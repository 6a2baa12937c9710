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
