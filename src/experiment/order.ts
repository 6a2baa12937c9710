import type { Cell } from "./cell.ts";
import { canonicalJson } from "./identity.ts";
import { evaluations, forwards } from "./workload.ts";

/**
 * Equal for cells whose first evaluation of the model has equal inputs: noise, first sigma, prompts, guidance. What
 * comes later (the other sigmas, the sampler, how far true CFG pushes) is not in it.
 */
export function firstStepKey(cell: Cell): string {
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
    const key = firstStepKey(cell);
    if (begun.has(key)) return forwards(cell);
    begun.add(key);
    return 0;
  });
}

/** Items by key, keys in the order in which they first come, items in theirs. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function shapeKey({ height, width, frames, true_cfg_scale }: Cell): string {
  return [height, width, frames, true_cfg_scale > 1].join();
}

/** Cells that begin alike side by side, the longest first: of those, and of what is not alike. Ties keep their order. */
function longestFirst<Item extends { readonly cell: Cell }>(items: readonly Item[]): Item[] {
  const length = ({ cell }: Item) => evaluations(cell);
  const alike = grouped(items, ({ cell }) => firstStepKey(cell)).map((group) => ({
    group: group.sort((a, b) => length(b) - length(a)),
    longest: Math.max(...group.map(length)),
  }));
  return alike.sort((a, b) => b.longest - a.longest).flatMap(({ group }) => group);
}

/**
 * The order in which cells are handed to a server: those of one shape (height, width, frames, with or without true CFG)
 * side by side, so that they fill batches and memory keeps its form, shapes in the order in which they first come.
 *
 * Where several cells run at once, those of a shape that begin alike come together, since a server remembers only so
 * many first evaluations; and the longest come first, since they would else be alone in their batches at the end.
 * Otherwise the order is the experiment's.
 *
 * @param concurrency cells that run at once
 */
export function runOrder<Item extends { readonly cell: Cell }>(items: readonly Item[], concurrency: number): Item[] {
  const shapes = grouped(items, ({ cell }) => shapeKey(cell));
  return concurrency === 1 ? shapes.flat() : shapes.flatMap(longestFirst);
}
