import type { Cell } from "./cell.ts";
import { forwardsByStep } from "./trueCfg.ts";

/** Evaluations of each step: one, or two with Heun except in the last step. */
function evaluationsByStep({ steps, sampler }: Cell): number[] {
  return Array.from({ length: steps }, (_, step) => (sampler === "heun" && step < steps - 1 ? 2 : 1));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Forwards of a cell's first evaluation: one, or two with true CFG. */
export function firstForwards(cell: Cell): number {
  return forwardsByStep(cell, true)[0] ?? 1;
}

/**
 * Forwards of one cell: one per evaluation, or two in steps with true CFG.
 *
 * @param skips false for batched CFG, which has two in every step if one step has true CFG
 */
export function forwardsOf(cell: Cell, skips = true): number {
  const forwards = forwardsByStep(cell, skips);
  return sum(evaluationsByStep(cell).map((evaluations, step) => evaluations * (forwards[step] ?? 1)));
}

/** Forwards per evaluation of one cell, on average. */
export function forwardsPerEvaluation(cell: Cell): number {
  return forwardsOf(cell) / sum(evaluationsByStep(cell));
}

/** Relative work of a cell: forwards × pixels × frames. */
export function weight(cell: Cell): number {
  return forwardsOf(cell) * cell.height * cell.width * cell.frames;
}

/** Totals over a list of cells. */
export interface Workload {
  readonly cells: number;
  readonly steps: number;
  /** Forwards; `evaluations` is the key of a dry run's JSON. */
  readonly evaluations: number;
}

/** @param skips as for {@link forwardsOf} */
export function workload(cells: readonly Cell[], skips = true): Workload {
  return {
    cells: cells.length,
    steps: sum(cells.map(({ steps }) => steps)),
    evaluations: sum(cells.map((cell) => forwardsOf(cell, skips))),
  };
}
