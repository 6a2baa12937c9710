import { axisTexts, differs, factors, goesWithModel } from "../analysis/factor.ts";
import type { Axis, Cell } from "../experiment/cell.ts";
import type { CellRecord, IdentifiedCell, SweepRecord } from "../record/record.ts";
import type { Legend, Series } from "./figure.ts";
import { legendOf } from "./legend.ts";
import { encode, styles } from "./style.ts";

/** The cells that have curves, with one style and one label each in every figure of a record. */
export interface DrawnCells {
  readonly cells: readonly CellRecord[];
  readonly series: readonly Series[];
  readonly legend: Legend;
}

/**
 * Styles and labels come from all cells of the sweep, so that a curve keeps its colour when a cell that was missing is
 * run.
 */
export function drawnCells(record: SweepRecord): DrawnCells {
  const { cells: all, axes } = record.manifest;
  const encoding = encode(factors(all, axes));
  const style = styles(encoding);
  const text = labels(all, axes);
  const labelOf = new Map(all.map(({ cellId }, i) => [cellId, text[i] ?? cellId]));
  const cells = record.cells.filter((cell) => cell.status === "finished" && cell.steps.length > 0);
  return {
    cells,
    series: cells.map(({ cellId }) => ({ id: cellId, label: labelOf.get(cellId) ?? cellId, style: style(cellId) })),
    legend: legendOf(encoding, cells.length),
  };
}

/** Longer values are cut in a legend. */
const longest = 30;

/**
 * What the legend says of each cell: the article's `step=%d, shift=%2.1f, frame=%d`, the schedule's short form where no
 * shift is known, and every other swept axis after it, so that no two cells that differ read alike. What goes with the model is
 * not said beside its name.
 *
 * @param named the experiment's swept axes, in the order in which extra ones are appended
 * @returns one label a cell, in order
 */
export function labels(cells: readonly IdentifiedCell[], named: readonly string[]): string[] {
  const extras = named.filter((axis): axis is Axis => isExtra(cells, axis));
  const texts = extras.map((axis) => shortened(axisTexts(cells, axis)));
  return cells.map(({ cell }, i) =>
    [cellLabel(cell), ...extras.map((axis, k) => `${axis}=${texts[k]?.[i] ?? ""}`)].join(", "),
  );
}

/** `step=20, shift=7.0, frame=9` */
export function cellLabel(cell: Cell): string {
  const schedule = cell.shift === null ? cut(cell.schedule) : `shift=${cell.shift.toFixed(1)}`;
  return `step=${cell.steps}, ${schedule}, frame=${cell.frames}`;
}

function isExtra(cells: readonly IdentifiedCell[], axis: string): boolean {
  if (axis === "steps" || axis === "frames") return false;
  if (axis !== "model" && goesWithModel(cells, axis as Axis)) return false;
  if (axis === "schedule") return hidesSchedules(cells);
  return differs(cells, axis as Axis);
}

/** Whether two schedules read alike in the article's words: shift 7 and 7.04, or two forms of the same shift. */
function hidesSchedules(cells: readonly IdentifiedCell[]): boolean {
  const seen = new Map<string, string>();
  return cells.some(({ cell }) => {
    const label = cell.shift === null ? cut(cell.schedule) : cell.shift.toFixed(1);
    const schedule = seen.get(label) ?? cell.schedule;
    seen.set(label, schedule);
    return schedule !== cell.schedule;
  });
}

/** Values cut to a legend's length; numbered where cutting would make two of them alike. */
function shortened(values: readonly string[]): string[] {
  const distinct = [...new Set(values)];
  const cuts = distinct.map(cut);
  const unique = new Set(cuts).size === distinct.length;
  const shown = new Map(distinct.map((value, i) => [value, unique ? (cuts[i] ?? value) : `#${i + 1}`]));
  return values.map((value) => shown.get(value) ?? value);
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
