import { axes, cellLabel } from "./axes.ts";
import type { Axis, Cell } from "./cell.ts";
import type { Assignment } from "./given.ts";
import type { Layers } from "./layers.ts";

/** Notes on values of base or a profile that a section below them overrides. */
export function shadowNotes(laid: Layers, given: Assignment): string[] {
  return laid.base.flatMap(([axis, { path }]) => {
    const winner = given.get(axis)?.path.replace(/\[\d+\]$/, "") ?? path;
    // That a profile wins over base is what it is for.
    const meant = path.startsWith("base.") && winner.startsWith("profiles.");
    if (winner === path || meant) return [];
    return [`${path} has no effect, as ${winner} gives it.`];
  });
}

/** A note on cells that came to the same generation as one before them. */
export function repeatNotes(repeats: readonly [Cell, Cell][], total: number, named: readonly Axis[]): string[] {
  const [example] = repeats;
  if (example === undefined) return [];
  const differing = axes(example, named);
  const [again, first] = example.map((cell) => cellLabel(cell, differing));
  const same = differing.length === 0 ? `${again} comes twice` : `${again} is ${first}`;
  return [`${repeats.length} of ${total} cells repeat others and run once; for example, ${same}.`];
}
