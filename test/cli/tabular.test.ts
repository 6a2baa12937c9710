import { expect, test } from "vitest";
import { type TableColumn, tabular } from "../../src/cli/tabular.ts";

interface Row {
  readonly name: string;
  readonly value: number | null;
}
const columns: readonly TableColumn<Row>[] = [
  { key: "name", of: ({ name }) => name },
  { key: "value", of: ({ value }) => value, text: ({ value }) => (value === null ? "none" : value.toFixed(1)) },
];
const rows: readonly Row[] = [
  { name: "shift:7", value: 1.25 },
  { name: 'a "b", c|d', value: null },
  { name: "two\nlines", value: Number.NaN },
];

test("text aligns columns, numbers on the right", () => {
  expect(tabular(columns, rows.slice(0, 2))).toBe('name        value\nshift:7       1.3\na "b", c|d   none\n');
});

test("json has the values, and non-finite numbers as text", () => {
  expect(JSON.parse(tabular(columns, rows, "json"))).toEqual([
    ...rows.slice(0, 2),
    { name: "two\nlines", value: "NaN" },
  ]);
  expect(tabular(columns, [], "json")).toBe("[]\n");
});

test("csv is RFC 4180, and a value that is not there is empty", () => {
  expect(tabular(columns, rows, "csv")).toBe('name,value\nshift:7,1.25\n"a ""b"", c|d",\n"two\nlines",NaN\n');
});

test("a table of Markdown has one line per row", () => {
  const lines = tabular(columns, rows, "markdown").trim().split("\n");
  expect(lines.slice(0, 2)).toEqual(["| name | value |", "| --- | ---: |"]);
  expect(lines).toHaveLength(5);
  expect(lines[3]).toBe('| a "b", c\\|d | none |');
});
