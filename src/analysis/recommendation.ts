import { z } from "zod";
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

/**
 * The flow shift of least error: the vertex of the parabola in ln s through the best of the measured shifts and its
 * neighbours; the best one itself at an end of the list.
 *
 * @param errors by shift, two at least
 */
export function bestShift(errors: ReadonlyMap<number, number>): number {
  const known = [...errors].sort(([a], [b]) => a - b);
  const best = known.reduce((least, [, error], i) => (error < (known[least]?.[1] ?? error) ? i : least), 0);
  const [left, middle, right] = [known[best - 1], known[best], known[best + 1]];
  if (middle === undefined) return Number.NaN;
  if (left === undefined || right === undefined) return middle[0];
  const x = [left, middle, right].map(([s]) => Math.log(s)) as [number, number, number];
  const y = [left, middle, right].map(([, error]) => error) as [number, number, number];
  const [a, b] = [(y[0] - y[1]) / (x[0] - x[1]), (y[1] - y[2]) / (x[1] - x[2])];
  const bend = (a - b) / (x[0] - x[2]);
  if (!(bend > 0)) return middle[0];
  return Math.exp((x[0] + x[1]) / 2 - a / (2 * bend));
}

const schema = z.object({
  sampler: z.string(),
  experiment: z.object({ file: z.string(), profile: z.string().nullable(), set: z.array(z.string()).default([]) }),
  pairs: z.array(z.object({ prompt: z.string(), seed: z.number() })),
  schedules: z.record(z.string(), z.array(z.number())),
});

/** What `l1probe recommend` wrote about its measurement, apart from its schedules' own file format. */
export type StoredRecommendation = z.infer<typeof schema>;

/** @returns null if the text is another file that a schedule can be read from, such as a list of sigmas */
export function storedRecommendation(text: string): StoredRecommendation | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
