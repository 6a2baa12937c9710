import type { Cell } from "./cell.ts";

/** Forward passes per evaluation point of the solver: one, or two with true CFG. */
export function forwards({ true_cfg_scale }: Cell): number {
  return true_cfg_scale > 1 ? 2 : 1;
}

/** Model evaluations of one cell: one per step, two with true CFG, twice that with Heun except in its last step. */
export function evaluations(cell: Cell): number {
  const { steps, sampler } = cell;
  return forwards(cell) * (sampler === "heun" ? 2 * steps - 1 : steps);
}

/** Relative work of a cell: evaluations × pixels × frames. */
export function weight(cell: Cell): number {
  return evaluations(cell) * cell.height * cell.width * cell.frames;
}

/** Totals over a list of cells. */
export interface Workload {
  readonly cells: number;
  readonly steps: number;
  readonly evaluations: number;
}

export function workload(cells: readonly Cell[]): Workload {
  return {
    cells: cells.length,
    steps: cells.reduce((total, cell) => total + cell.steps, 0),
    evaluations: cells.reduce((total, cell) => total + evaluations(cell), 0),
  };
}
