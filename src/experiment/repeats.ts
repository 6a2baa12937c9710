import { axes, cellLabel } from "./axes.ts";
import type { Axis, Cell } from "./cell.ts";

/** Cells of an experiment that are the same generations as cells before them, and so run once. */
export interface Repeat {
  /** How the experiment names them, by what differs: `schedule=shift:1`. */
  readonly asked: string;
  /** How the cells are named that run in their place: `schedule=linear`; equal where the experiment names them twice. */
  readonly as: string;
  readonly cells: number;
}

/** @param pairs cells that came again, each with the one before it */
export function repeatsOf(pairs: readonly (readonly [Cell, Cell])[], named: readonly Axis[]): Repeat[] {
  const repeats = new Map<string, Repeat>();
  for (const pair of pairs) {
    const differing = axes(pair, named);
    const [asked, as] = pair.map((cell) => cellLabel(cell, differing)) as [string, string];
    const key = JSON.stringify([asked, as]);
    repeats.set(key, { asked, as, cells: (repeats.get(key)?.cells ?? 0) + 1 });
  }
  return [...repeats.values()];
}

/** `schedule=shift:1 is schedule=linear` */
export function repeatText({ asked, as }: Repeat): string {
  return asked === as ? `${asked} comes more than once` : `${asked} is ${as}`;
}

/** A note on cells that repeat others; empty where none does. */
export function repeatNotes(repeats: readonly Repeat[], total: number): string[] {
  const [example] = repeats;
  if (example === undefined) return [];
  const cells = repeats.reduce((sum, repeat) => sum + repeat.cells, 0);
  return [`${cells} of ${total} cells repeat others and run once; for example, ${repeatText(example)}.`];
}
