import type { Cell } from "./cell.ts";

/** Forwards per evaluation: one, or two with true CFG. */
export function forwardsPerEvaluation({ true_cfg_scale }: Cell): number {
  return true_cfg_scale > 1 ? 2 : 1;
}

/** Forwards of one cell: one per step, two with true CFG, twice that with Heun except in its last step. */
export function forwardsOf(cell: Cell): number {
  const { steps, sampler } = cell;
  return forwardsPerEvaluation(cell) * (sampler === "heun" ? 2 * steps - 1 : steps);
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

export function workload(cells: readonly Cell[]): Workload {
  return {
    cells: cells.length,
    steps: cells.reduce((total, cell) => total + cell.steps, 0),
    evaluations: cells.reduce((total, cell) => total + forwardsOf(cell), 0),
  };
}
