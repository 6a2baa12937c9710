import type { Cell } from "./cell.ts";
import { forwardsByStep, usesTrueCfg } from "./trueCfg.ts";
import { firstStepKey } from "./wireCell.ts";

/** Evaluations of each step: one, or two with Heun except in the last step. */
function evaluationsByStep({ steps, sampler }: Cell): number[] {
  return Array.from({ length: steps }, (_, step) => (sampler === "heun" && step < steps - 1 ? 2 : 1));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Forwards of a cell's first evaluation: one, or two with true CFG. */
function firstForwards(cell: Cell): number {
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

/** Items grouped by key; keys in the order in which they first appear, items in their own. */
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

function shapeKey(cell: Cell): string {
  const { height, width, frames } = cell;
  return [height, width, frames, usesTrueCfg(cell)].join();
}

/** Cells with the same first step next to each other, longest first, both within and between such groups. Stable. */
function longestFirst<Item extends { readonly cell: Cell }>(items: readonly Item[]): Item[] {
  const length = ({ cell }: Item) => forwardsOf(cell);
  const sameFirstStep = grouped(items, ({ cell }) => firstStepKey(cell)).map((group) => ({
    group: group.sort((a, b) => length(b) - length(a)),
    longest: Math.max(...group.map(length)),
  }));
  return sameFirstStep.sort((a, b) => b.longest - a.longest).flatMap(({ group }) => group);
}

/**
 * The order in which a server gets its cells. Cells of one shape (height, width, frames, with or without true CFG) are
 * consecutive, so that they fill batches and memory use is steady; shapes come in the order of the experiment.
 *
 * If several cells run at once, cells of a shape with the same first step are consecutive, since a server remembers only
 * a limited number of first steps, and the longest come first, since they would otherwise run alone at the end.
 * If not, cells of a shape keep the experiment's order.
 *
 * @param concurrency how many cells run at once
 */
export function runOrder<Item extends { readonly cell: Cell }>(items: readonly Item[], concurrency: number): Item[] {
  const shapes = grouped(items, ({ cell }) => shapeKey(cell));
  return concurrency === 1 ? shapes.flat() : shapes.flatMap(longestFirst);
}

/**
 * Forward passes saved per cell by reusing another cell's identical first step.
 *
 * @param cells of one model, in the order in which they start
 * @returns one number per cell, 0 for the first with a given first step
 */
export function sharedEvaluations(cells: readonly Cell[]): number[] {
  const seen = new Set<string>();
  return cells.map((cell) => {
    const key = firstStepKey(cell);
    if (seen.has(key)) return firstForwards(cell);
    seen.add(key);
    return 0;
  });
}
