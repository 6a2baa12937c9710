import type { Cell } from "../experiment/cell.ts";
import { weight } from "../experiment/workload.ts";

/** A sweep's progress. */
export interface Progress {
  readonly cells: number;
  /** Finished or failed, including finished cells of earlier runs of the same sweep. */
  readonly cellsDone: number;
  readonly cellsFailed: number;
  readonly steps: number;
  readonly stepsDone: number;
  /** Steps per second of this run; null before its first step. */
  readonly rate: number | null;
  /**
   * Seconds that the remaining forwards × pixels × frames take at the pace of this run so far; null before its first step.
   */
  readonly secondsLeft: number | null;
}

/** Counts steps and cells of a sweep. */
export interface Tally {
  step(cell: Cell): void;
  /** Counts a pending cell that another record had finished. */
  reused(cell: Cell): void;
  /** @param stepsDone steps of this attempt that were counted */
  ended(cell: Cell, stepsDone: number, failed: boolean): void;
  progress(): Progress;
}

/**
 * @param finished cells that earlier runs of the sweep finished
 * @param pending cells that this run will make
 * @param now seconds, on a monotonic clock
 */
export function tally(finished: readonly Cell[], pending: readonly Cell[], now: () => number): Tally {
  const stepsOf = (cells: readonly Cell[]) => cells.reduce((total, cell) => total + cell.steps, 0);
  let left = pending.reduce((total, cell) => total + weight(cell), 0);
  const began = now();
  let stepsHere = 0;
  let given = 0;
  let ended = 0;
  let failed = 0;
  /** Steps that failed and reused cells will not make. */
  let lost = 0;
  return {
    step(cell) {
      stepsHere += 1;
      given += weight(cell) / cell.steps;
      left -= weight(cell) / cell.steps;
    },
    reused(cell) {
      ended += 1;
      lost += cell.steps;
      left -= weight(cell);
    },
    ended(cell, stepsDone, hasFailed) {
      ended += 1;
      if (!hasFailed) return;
      failed += 1;
      lost += cell.steps - stepsDone;
      // Work that is no longer pending says nothing about the pace.
      left -= (weight(cell) * (cell.steps - stepsDone)) / cell.steps;
    },
    progress() {
      const seconds = now() - began;
      const known = stepsHere > 0 && seconds > 0;
      return {
        cells: finished.length + pending.length,
        cellsDone: finished.length + ended,
        cellsFailed: failed,
        steps: stepsOf(finished) + stepsOf(pending),
        stepsDone: stepsOf(finished) + stepsHere + lost,
        rate: known ? stepsHere / seconds : null,
        secondsLeft: known ? Math.max(0, (seconds * left) / given) : null,
      };
    },
  };
}
