import type { ShapedSchedule } from "./create.ts";

/** Δσ of each step, the last one down to the terminal 0; all above 0, their sum is the first sigma. */
export function stepSizes(sigmas: readonly number[]): number[] {
  return sigmas.map((sigma, index) => sigma - (sigmas[index + 1] ?? 0));
}

/** A place on the way from noise to clean, and the slope there. */
export interface SlopePoint {
  /** 1 − t: 0 where sampling begins, 1 where it ends. */
  readonly progress: number;
  /** φ'(t), the mean over a short stretch. */
  readonly slope: number;
}

/**
 * φ' of a schedule along the way, as mean slopes over `pieces` equal stretches, each placed at its stretch's middle.
 * For a schedule whose form depends on N it is that of N = `steps`.
 */
export function slopeCurve(schedule: ShapedSchedule, steps: number, pieces = 400): SlopePoint[] {
  const sigma = (progress: number): number => schedule.course(progress * steps, steps);
  return Array.from({ length: pieces }, (_, piece) => ({
    progress: (piece + 0.5) / pieces,
    slope: (sigma(piece / pieces) - sigma((piece + 1) / pieces)) * pieces,
  }));
}
