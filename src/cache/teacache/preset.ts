/** What d is the relative L1 change of, from one step to the next. */
export const SIGNALS = {
  "modulated-input": "the first block's input, normalised and modulated by the timestep",
  "timestep-embedding": "the timestep's embedding alone, so the same for every prompt and seed",
  "timestep-projection": "the projected timestep embedding alone, so the same for every prompt and seed",
} as const;

export type Signal = keyof typeof SIGNALS;

/** A threshold δ that was published. */
export interface Threshold {
  readonly threshold: number;
  /** Time without the cache over time with it, as stated or from the times stated; null where none is. */
  readonly speedup: number | null;
}

/** Published coefficients of TeaCache for one model. */
export interface TeaCachePreset {
  readonly model: string;
  readonly signal: Signal;
  /** Of P, from the highest power down. */
  readonly coefficients: readonly number[];
  readonly thresholds: readonly Threshold[];
  /** Steps at the start and at the end that are always computed. */
  readonly forced: { readonly first: number; readonly last: number };
  /** The setting that it was published in; P is not known to hold in another. */
  readonly domain: string;
  /** Project, file, line and commit. */
  readonly source: string;
}

/** Published thresholds, each with its speed-up. */
export function thresholds(...pairs: readonly (readonly [threshold: number, speedup: number | null])[]): Threshold[] {
  return pairs.map(([threshold, speedup]) => ({ threshold, speedup }));
}

/** The first and the last step are computed. */
export const BOTH_ENDS = { first: 1, last: 1 } as const;
