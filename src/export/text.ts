import { type Column, columns, type Row } from "../analysis/row.ts";

type Value = Row[Column];

function csvValue(value: Value): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180 with a header; a value that is not there is empty, numbers read back exactly, NaN is NaN. */
export function* csv(rows: Iterable<Row>): Generator<string> {
  yield `${columns.join(",")}\n`;
  for (const row of rows) yield `${columns.map((name) => csvValue(row[name])).join(",")}\n`;
}

/** One JSON object a line; non-finite numbers are strings, as JSON has none. */
export function* jsonl(rows: Iterable<Row>): Generator<string> {
  for (const row of rows) {
    const json = JSON.stringify(row, (_, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
    );
    yield `${json}\n`;
  }
}
