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
