import { columns, type Value } from "../analysis/row.ts";

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
