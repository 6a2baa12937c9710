import { type Column, cellValues, columns, stepColumns, type Value } from "../analysis/row.ts";

/** Characters that are given out at once: a write for each row would take longer than making it. */
const atOnce = 1 << 16;

function csvValue(value: Value): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/**
 * RFC 4180 with a header; a value that is not there is empty, numbers read back exactly, NaN is NaN.
 *
 * @param rows values in the columns' order
 * @param names of the columns, by default all
 */
export function csv(rows: Iterable<readonly Value[]>, names: readonly string[] = columns): Generator<string> {
  // Most of a cell's columns repeat the row before.
  const before: Value[] = [];
  const texts: string[] = [];
  return joined(`${names.join(",")}\n`, rows, (row) => {
    for (let i = 0; i < row.length; i += 1) {
      const value = row[i] ?? null;
      if (texts.length > i && Object.is(value, before[i])) continue;
      before[i] = value;
      texts[i] = csvValue(value);
    }
    return `${texts.join(",")}\n`;
  });
}

/**
 * One JSON object a line; non-finite numbers are strings, as JSON has none.
 *
 * @param rows values in the columns' order
 */
export function jsonl(rows: Iterable<readonly Value[]>): Generator<string> {
  const keys = columns.map((name, i) => `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  return joined("", rows, (row) => `${row.map((value, i) => `${keys[i]}${jsonValue(value)}`).join("")}}\n`);
}

function jsonValue(value: Value): string {
  return JSON.stringify(typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
}

/** Lines, several at once. */
function* joined(
  head: string,
  rows: Iterable<readonly Value[]>,
  line: (row: readonly Value[]) => string,
): Generator<string> {
  let lines = head;
  for (const row of rows) {
    lines += line(row);
    if (lines.length < atOnce) continue;
    yield lines;
    lines = "";
  }
  yield lines;
}

/** One CSV file per cell: every column, or only what a tracker of runs reads as metrics of a step. */
export type PerCellFormat = "csv-per-cell" | "trackio";

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
