import { type Column, cellValues, columns, stepColumns, type Value } from "../analysis/row.ts";
import type { PerCellFormat } from "./formats.ts";
import { csv } from "./text.ts";

type SweepRecord = Parameters<typeof cellValues>[0];
type CellRecord = Parameters<typeof cellValues>[1];

/** Columns of a step that are text, which a tracker takes for no metric. */
const TEXT: ReadonlySet<Column> = new Set(["expert"]);

const metrics = stepColumns.filter((name) => !TEXT.has(name));

function* picked(record: SweepRecord, cell: CellRecord, names: readonly Column[]): Generator<readonly Value[]> {
  const places = names.map((name) => columns.indexOf(name));
  for (const values of cellValues(record, cell)) yield places.map((place) => values[place] ?? null);
}

/**
 * The finished cells, each as a CSV file named by its id, with a `step` column.
 *
 * @returns each file's name, its number of rows, and its text in pieces
 */
export function perCell(
  record: SweepRecord,
  format: PerCellFormat,
): { readonly file: string; readonly rows: number; readonly text: Iterable<string> }[] {
  const names = format === "trackio" ? metrics : columns;
  return record.cells
    .filter(({ status }) => status === "finished")
    .map((cell) => ({
      file: `${cell.cellId}.csv`,
      rows: cell.steps.length,
      text: csv(picked(record, cell, names), names),
    }));
}
