import type { Factor } from "../analysis/factor.ts";
import { ProbeError } from "../errors.ts";
import { type Axis, axisValue, type Cell } from "../experiment/cell.ts";
import { GROUPABLE } from "../experiment/schema.ts";
import type { CellRecord } from "../record/record.ts";

/** The axes that repeat a measurement instead of asking a question, unless the reader says otherwise. */
const nuisance: readonly Axis[] = ["seed", "prompt"];

/** So many repetitions are drawn one by one; more become a median and a band. */
export const mostRepetitions = 4;

/** Axes that change where a cell's steps are, so that its steps cannot be compared one by one with another's. */
const notGroupable: readonly string[] = ["steps", "schedule", "sampler"] satisfies Axis[];

/** Whether curves can be summarised over an axis: it leaves a cell's steps where they are. */
export function isGroupable(axis: string): boolean {
  return (GROUPABLE as readonly string[]).includes(axis);
}

/**
 * Refuses axes over which curves cannot be summarised.
 *
 * @param path where the axes were named, for the message
 * @throws ProbeError kind input
 */
export function checkGroup(axes: readonly string[], path: string): void {
  for (const axis of axes) {
    if (isGroupable(axis)) continue;
    const why = notGroupable.includes(axis) ? ", which moves the steps themselves" : "";
    throw new ProbeError(
      "input",
      `${path} names ${JSON.stringify(axis)}${why}; name some of ${GROUPABLE.join(", ")}.`,
      {
        path,
      },
    );
  }
}

/** The axes over which a sweep's curves are summarised, and the factors that are left. */
export interface Grouping {
  readonly axes: readonly Axis[];
  readonly factors: readonly Factor[];
}

/**
 * Which factors become a median and a band: those of nuisance axes, if together they have more than four values; or those
 * that are asked for, always.
 *
 * @param asked null to decide by the number of values
 */
export function grouping(factors: readonly Factor[], asked: readonly string[] | null): Grouping {
  const among: readonly string[] = asked ?? nuisance;
  const grouped = factors.filter(({ axes }) => axes.every((axis) => among.includes(axis)));
  const values = grouped.reduce((product, { levels }) => product * levels.length, 1);
  if (asked === null && values <= mostRepetitions) return { axes: [], factors };
  return { axes: grouped.flatMap(({ axes }) => axes), factors: factors.filter((factor) => !grouped.includes(factor)) };
}

/**
 * Indices of cells that differ only in the given axes, a list per group. Cells whose steps lie elsewhere are never in one
 * group.
 */
export function groupCells(cells: readonly CellRecord[], axes: readonly Axis[]): number[][] {
  if (axes.length === 0) return cells.map((_, i) => [i]);
  const groups = new Map<string, number[]>();
  for (const [i, { cell, steps }] of cells.entries()) {
    // Sigmas of one schedule and one number of steps can still depend on the size; then the second differs, too.
    const key = JSON.stringify([steps.length, cell.sigmas[1], cell.sigmas.at(-1), ...valuesBeside(cell, axes)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}

function valuesBeside(cell: Cell, axes: readonly Axis[]): unknown[] {
  const besides: readonly string[] = [...axes, "sigmas", "shift", ...(axes.includes("image") ? ["image_sha256"] : [])];
  return Object.entries(cell).flatMap(([key, value]) => (besides.includes(key) ? [] : [value]));
}

/** `median and 10–90 % band over 20 seeds`; null if nothing is grouped. */
export function groupText(cells: readonly CellRecord[], groups: readonly (readonly number[])[], axes: readonly Axis[]) {
  if (axes.length === 0) return null;
  const sizes = groups.map(({ length }) => length);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (most <= 1) return null;
  const n = least === most ? `${most}` : `${least}–${most}`;
  const over = axes.map((axis) => {
    const values = new Set(cells.map(({ cell }) => axisValue(cell, axis))).size;
    const name = axis.replaceAll("_", " ");
    return values === 1 ? `1 ${name}` : `${values} ${name}s`;
  });
  return `median and 10–90 % band over ${over.join(" × ")}, n = ${n} per curve`;
}
