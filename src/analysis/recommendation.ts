import type { SweepRecord } from "../record/record.ts";
import type { KnockOut } from "./knockOut.ts";

/** How a schedule is proposed. */
export const METHODS = ["knock-out", "amplification", "best-shift", "linear-quadratic"] as const;
export type Method = (typeof METHODS)[number];

/** What a measurement cost. */
export interface Cost {
  readonly cells: number;
  readonly steps: number;
  readonly forwards: number;
}

/** The windows of a measurement. */
export interface Measured extends KnockOut {
  /** What is left at the end of a window's own error, as a ratio; null if the record lacks the sums. */
  readonly amplification: readonly number[] | null;
}

/** A second measurement, of the schedule that was found: each of its steps is a window. */
export interface LevelCheck {
  readonly steps: number;
  readonly changes: readonly number[];
  /** The largest of them over the least. */
  readonly ratio: number;
}

export interface Recommendation {
  readonly method: Method;
  readonly schedules: ReadonlyMap<number, readonly number[]>;
  /** Specs of the schedules where they have a name. */
  readonly specs: ReadonlyMap<number, string>;
  /** The share of the steps above each sigma; null for a method that measures none. */
  readonly curve: { readonly share: readonly number[]; readonly sigma: readonly number[] } | null;
  readonly measured: Measured | null;
  readonly check: LevelCheck | null;
  readonly cost: Cost;
  /** The record of the measurement; null if nothing ran. */
  readonly record: SweepRecord | null;
}
