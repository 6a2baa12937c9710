import type { Curve } from "../analysis/curve.ts";
import { ProbeError } from "../errors.ts";
import type { Cell } from "../experiment/cell.ts";
import type { CellRecord } from "../record/record.ts";
import { parseSchedule } from "../schedule/index.ts";

/** What each cell's curves are compared with. */
export interface Reference {
  /** `shift:7`, or a cell's label. */
  readonly name: string;
  /** The reference of each drawn cell, in order; undefined if it has none. */
  readonly of: readonly (CellRecord | undefined)[];
}

/**
 * Finds what cells are compared with: one cell for all, or for each cell the one with that schedule that agrees with it in
 * everything else.
 *
 * @param words a cell's id or its beginning, or a schedule's short form
 * @param label how a cell is named
 * @throws ProbeError kind input if no finished cell is meant, or several are
 */
export function referenceOf(
  cells: readonly CellRecord[],
  words: string,
  label: (cell: CellRecord) => string,
): Reference {
  const meant = cells.filter(({ cellId }) => cellId.startsWith(words));
  const [only] = meant;
  if (meant.length > 1)
    throw new ProbeError(
      "input",
      `${meant.length} cells' ids begin with ${JSON.stringify(words)}; write more of one.`,
      {
        path: "--against",
      },
    );
  if (only !== undefined) return { name: label(only), of: cells.map(() => only) };
  const schedule = canonical(words);
  const references = new Map(
    cells.filter(({ cell }) => cell.schedule === schedule).map((cell) => [beside(cell.cell), cell]),
  );
  if (references.size === 0) {
    const specs = [...new Set(cells.map(({ cell }) => cell.schedule))];
    throw new ProbeError(
      "input",
      `--against is ${JSON.stringify(words)}, but no finished cell has that id or that schedule; the schedules are ${specs.slice(0, 8).join(", ")}${specs.length > 8 ? ", …" : ""}.`,
      { path: "--against" },
    );
  }
  return { name: schedule, of: cells.map(({ cell }) => references.get(beside(cell))) };
}

/** The canonical short form, as cells have it; other words are returned unchanged. */
function canonical(words: string): string {
  try {
    return parseSchedule(words).spec;
  } catch {
    return words;
  }
}

/** Everything of a cell but its schedule. */
function beside(cell: Cell): string {
  const apart = ["schedule", "shift", "sigmas"];
  return JSON.stringify(Object.entries(cell).filter(([key]) => !apart.includes(key)));
}

/** The positions of a curve on one x axis, ascending. */
type Along = (curve: Curve) => readonly number[];

/**
 * A curve minus its reference at the same x, which is interpolated linearly between the reference's steps; null where
 * either has no value, and outside the reference's range.
 */
export function difference(curve: Curve, reference: Curve, along: Along): (number | null)[] {
  const points = along(reference).flatMap((x, i) => {
    const y = reference.values[i] ?? null;
    return y === null || reference.sigmaChanged[i] === false ? [] : [{ x, y }];
  });
  return along(curve).map((x, i) => {
    const value = curve.values[i] ?? null;
    const right = points.findIndex((point) => point.x >= x);
    const [before, after] = [points[right - 1], points[right]];
    if (value === null || after === undefined) return null;
    if (after.x === x) return value - after.y;
    if (before === undefined) return null;
    return value - (before.y + ((x - before.x) / (after.x - before.x)) * (after.y - before.y));
  });
}
