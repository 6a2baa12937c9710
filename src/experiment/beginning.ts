import type { Cell } from "./cell.ts";
import { forwards } from "./cost.ts";
import { canonicalJson } from "./identity.ts";

/**
 * Equal for cells whose first evaluation of the model has equal inputs: noise, first sigma, prompts, guidance. What
 * comes later (the other sigmas, the sampler, how far true CFG pushes) is not in it.
 */
export function beginning(cell: Cell): string {
  const {
    schedule: _schedule,
    shift: _shift,
    steps: _steps,
    sampler: _sampler,
    sigmas,
    true_cfg_scale,
    ...same
  } = cell;
  return canonicalJson({ ...same, sigma: sigmas[0], true_cfg: true_cfg_scale > 1 });
}

/**
 * Model evaluations that a server saves each cell by taking the first of another that began alike.
 *
 * @param cells in the order in which they begin
 * @returns one number a cell, 0 where it is the first to begin so
 */
export function sharedEvaluations(cells: readonly Cell[]): number[] {
  const begun = new Set<string>();
  return cells.map((cell) => {
    const key = beginning(cell);
    if (begun.has(key)) return forwards(cell);
    begun.add(key);
    return 0;
  });
}
