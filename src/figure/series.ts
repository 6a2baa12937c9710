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
 * Styles and labels depend on all cells of the sweep, so that a curve keeps its colour when a missing cell is run later.
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
 * Legend labels: `step=%d, shift=%2.1f, frame=%d`, as in the article behind l1probe, with the schedule's spec if it has no
 * flow shift. Every other swept axis follows, so that the labels of different cells differ; axes that belong to the
 * model's factor are left out.
 *
 * @param named the experiment's swept axes; extra ones are appended in this order
 * @returns one label per cell, in order
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

/** Whether two schedules have the same label: shift 7 and 7.04, or two specs of the same shift. */
function hidesSchedules(cells: readonly IdentifiedCell[]): boolean {
  const seen = new Map<string, string>();
  return cells.some(({ cell }) => {
    const label = cell.shift === null ? cut(cell.schedule) : cell.shift.toFixed(1);
    const schedule = seen.get(label) ?? cell.schedule;
    seen.set(label, schedule);
    return schedule !== cell.schedule;
  });
}

/** Values cut to a legend's length; numbered instead if cutting would make two of them equal. */
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
