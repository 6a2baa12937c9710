import { ProbeError } from "../errors.ts";
import type { Axis, Cell } from "./cell.ts";
import type { Expansion } from "./expand.ts";

/** The models that cells name, in the order in which they first come; null alone where they name none. */
export function modelsOf(cells: readonly Cell[]): (string | null)[] {
  return [...new Set(cells.map(({ model }) => model))];
}

/**
 * Sees that either every cell names a model or none does: beside others, one without has no server to go to.
 *
 * @param pathOf where the experiment gives a cell's value
 * @throws ProbeError kind input
 */
export function checkModels(cells: readonly Cell[], pathOf: (cell: Cell, axis: Axis) => string): void {
  const named = cells.find(({ model }) => model !== null);
  const unnamed = cells.find(({ model }) => model === null);
  if (named === undefined || unnamed === undefined) return;
  const path = pathOf(unnamed, "model");
  throw new ProbeError(
    "input",
    `${path} is null where other cells name a model (${named.model}); name one for each, or none.`,
    { path },
  );
}

/** @throws ProbeError kind input where cells name models and another one is asked for beside them */
export function checkModelChoice({ cells, refuse }: Expansion, model: string | undefined): void {
  const [first] = cells;
  if (model === undefined || first === undefined || first.model === null) return;
  throw refuse(first, "model", `model is ${first.model}, and model ${model} is asked for, too; leave out one of them.`);
}
