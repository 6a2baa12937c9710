import type { Cell } from "./cell.ts";

/** Evaluations of the model where the solver stands still: one, or two with true CFG. */
export function forwards({ true_cfg_scale }: Cell): number {
  return true_cfg_scale > 1 ? 2 : 1;
}

/** Evaluations of the model that one cell asks for: one a step, two with true CFG. Heun's last step is Euler's. */
export function evaluations(cell: Cell): number {
  const { steps, sampler } = cell;
  return forwards(cell) * (sampler === "heun" ? 2 * steps - 1 : steps);
}

/** What one cell costs relative to others of a sweep: evaluations times pixels. */
export function weight(cell: Cell): number {
  return evaluations(cell) * cell.height * cell.width * cell.frames;
}

/** What a list of cells comes to. */
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
