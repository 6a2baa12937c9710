import { factors } from "../analysis/factor.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import type { Legend, Series } from "./figure.ts";
import { labels } from "./label.ts";
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
