import type { Axis, Cell } from "./cell.ts";

/** The keys in which cells differ, in the order of `named`. */
export function axes(cells: readonly Cell[], named: readonly Axis[]): Axis[] {
  return named.filter((axis) => cells.some((cell) => cell[axis] !== cells[0]?.[axis]));
}

/** A cell in few words: its values on the given axes, or its steps and schedule where there are none. */
export function cellLabel(cell: Cell, labelled: readonly Axis[]): string {
  const shown: readonly Axis[] = labelled.length === 0 ? ["steps", "schedule"] : labelled;
  return shown.map((axis) => `${axis}=${cell[axis] ?? "none"}`).join(", ");
}
