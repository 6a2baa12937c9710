import { Difference, type PairSums, Signal, type Step, type Sums } from "../generated/l1probe/v1/probe.ts";

/*
 * Where an evaluation's numbers lie in its row of doubles: the step's own, then each signal's sums, then each
 * difference's. A big sweep has fifty thousand evaluations, which as objects would take ten times the memory.
 */

const known = (value: string | number): value is number => typeof value === "number" && value > 0;

/** The signals that a row has room for. */
export const SIGNALS: readonly Signal[] = Object.values(Signal).filter(known);
/** The differences that a row has room for. */
export const DIFFERENCES: readonly Difference[] = Object.values(Difference).filter(known);

/** The step's own numbers; `expert` is a place in a list of names, `shared` 0 or 1. */
export const STEP = {
  step: 0,
  evaluation: 1,
  sigma: 2,
  sigmaNext: 3,
  timestep: 4,
  seconds: 5,
  batchSize: 6,
  shared: 7,
  expert: 8,
} as const satisfies Record<Exclude<keyof Step, "signals" | "differences">, number>;

/** Sums within their part of the row; `count` is NaN where there are none. */
export const SUMS = {
  count: 0,
  sumAbs: 1,
  sumSquares: 2,
  min: 3,
  max: 4,
  nonFinite: 5,
} as const satisfies Record<keyof Sums, number>;

export const PAIRS = {
  count: 0,
  sumAbsDifference: 1,
  sumSquaredDifference: 2,
  sumProduct: 3,
  sumAbsReference: 4,
} as const satisfies Record<keyof PairSums, number>;

const signalsAt = Object.keys(STEP).length;
const sumsWidth = Object.keys(SUMS).length;
const differencesAt = signalsAt + sumsWidth * SIGNALS.length;
const pairsWidth = Object.keys(PAIRS).length;

/** Doubles of one evaluation. */
export const rowWidth: number = differencesAt + pairsWidth * DIFFERENCES.length;

/** Where a signal's sums begin in a row, or −1 for one that this version has no name for. */
export function sumsAt(signal: Signal): number {
  return signal > 0 && signal <= SIGNALS.length ? signalsAt + sumsWidth * (signal - 1) : -1;
}

/** Where a difference's sums begin in a row, or −1 for one that this version has no name for. */
export function pairsAt(difference: Difference): number {
  return difference > 0 && difference <= DIFFERENCES.length ? differencesAt + pairsWidth * (difference - 1) : -1;
}

/** An evaluation of which nothing is known yet: no sums, and zeros as proto3 leaves them out. */
export const emptyRow: Float64Array = new Float64Array(rowWidth);
for (const signal of SIGNALS) emptyRow[sumsAt(signal) + SUMS.count] = Number.NaN;
for (const difference of DIFFERENCES) emptyRow[pairsAt(difference) + PAIRS.count] = Number.NaN;
