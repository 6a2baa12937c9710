import { type Column, columns, columnValues, exportedSteps, stepColumns, type Value } from "../analysis/row.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";

/** Rows without a value: the first of them and how many. */
export type Run = readonly [first: number, count: number];

/** One column of a table whose rows are those of all cells, cell after cell. */
export type PackedColumn =
  /** The same everywhere. */
  | { readonly type: "constant"; readonly value: Value }
  /** One value a cell. */
  | { readonly type: "by_cell"; readonly values: readonly Value[] }
  /** One value a row. */
  | { readonly type: "by_row"; readonly values: readonly Value[] }
  /** One number a row, little-endian. */
  | { readonly type: "float32" | "float64"; readonly base64: string; readonly missing: readonly Run[] };

/** What a program has to know to read packed columns. */
export const howToRead =
  "The rows of a column are those of cells in their order, as many of each as its rows say. A constant column has one " +
  "value, a by_cell column one a cell, a by_row column one a row. A float32 or float64 column is the base64 of " +
  "little-endian floats, one a row, of which missing names those that have no value, as [first row, count]. In values, " +
  "numbers that JSON cannot hold are strings.";

/** Up to so many rows stay plain JSON, to be read by eye. */
export const plainRows = 1000;

/** Values of one column, row after row, on their way to be packed. */
export class Packing {
  private readonly numbers: Float64Array;
  private readonly texts = new Map<number, string>();
  private readonly missing: [number, number][] = [];
  private rows = 0;

  /** @param rows how many will come, or where they are to be put: so many numbers, to be used again once packed */
  constructor(rows: number | Float64Array) {
    this.numbers = typeof rows === "number" ? new Float64Array(rows) : rows;
  }

  add(value: Value): void {
    const row = this.rows;
    this.rows += 1;
    if (typeof value === "number") {
      this.numbers[row] = value;
      return;
    }
    this.numbers[row] = Number.NaN;
    if (value !== null) {
      this.texts.set(row, value);
      return;
    }
    const run = this.missing.at(-1);
    if (run !== undefined && run[0] + run[1] === row) run[1] += 1;
    else this.missing.push([row, 1]);
  }

  packed(): PackedColumn {
    const { numbers, texts, missing } = this;
    if (texts.size > 0 || this.rows <= plainRows) return byRow(this.values());
    if (missing[0]?.[1] === this.rows) return { type: "constant", value: null };
    if (missing.length === 0 && numbers.every((number) => Object.is(number, numbers[0])))
      return { type: "constant", value: jsonValue(numbers[0] ?? null) };
    const single = numbers.every((number) => Object.is(Math.fround(number), number));
    return {
      type: single ? "float32" : "float64",
      base64: base64(single ? new Float32Array(numbers) : numbers),
      missing,
    };
  }

  private values(): Value[] {
    const values: Value[] = Array.from(this.numbers.subarray(0, this.rows));
    for (const [row, text] of this.texts) values[row] = text;
    for (const [first, count] of this.missing) values.fill(null, first, first + count);
    return values;
  }
}

function byRow(values: readonly Value[]): PackedColumn {
  const plain = values.map(jsonValue);
  return constant(plain) ?? { type: "by_row", values: plain };
}

function constant(values: readonly Value[]): PackedColumn | null {
  const [first] = values;
  return first !== undefined && values.every((value) => value === first) ? { type: "constant", value: first } : null;
}

function base64(numbers: Float32Array | Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
}

/** Numbers that JSON cannot hold become the strings "NaN", "Infinity" and "-Infinity". */
function jsonValue(value: Value): Value {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** So many rows a cell has. */
export function rowsOf(cell: CellRecord): number {
  return exportedSteps(cell).length;
}

/** All exported columns of some cells, packed; each anew whenever it is asked for, since together they are big. */
export function packColumns(record: SweepRecord, cells: readonly CellRecord[]): Record<Column, PackedColumn> {
  const total = cells.reduce((sum, cell) => sum + rowsOf(cell), 0);
  const numbers = new Float64Array(total);
  const byStep = (name: Column): PackedColumn => {
    const packing = new Packing(numbers);
    for (const cell of cells)
      for (const value of columnValues(record, cell, exportedSteps(cell), name)) packing.add(value);
    return packing.packed();
  };
  const byCell = (name: Column): PackedColumn => {
    const values = cells.map((cell) =>
      jsonValue(columnValues(record, cell, exportedSteps(cell).slice(-1), name)[0] ?? null),
    );
    return constant(values) ?? { type: "by_cell", values };
  };
  return lazily(
    columns.map((name) => [name, () => (stepColumns.includes(name) ? byStep(name) : byCell(name))]),
  ) as Record<Column, PackedColumn>;
}

function lazily(columns: readonly (readonly [string, () => PackedColumn])[]): Partial<Record<string, PackedColumn>> {
  const table = {};
  for (const [name, get] of columns) Object.defineProperty(table, name, { enumerable: true, get });
  return table;
}
