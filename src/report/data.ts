import { type Column, columns, columnValues, exportedSteps, stepColumns, type Value } from "../analysis/row.ts";
import type { Warning } from "../analysis/warning.ts";
import { labels } from "../figure/label.ts";
import { drawnCells } from "../figure/series.ts";
import { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";

export interface CellData {
  readonly cell_id: string;
  readonly status: CellRecord["status"];
  /** What distinguishes it from the sweep's other cells. */
  readonly label: string;
  /** The number of the cell's rows in the table; 0 if it did not finish. */
  readonly rows: number;
}

/** All data of a report, for its own page and for programs that read it. */
export interface ReportData {
  readonly format: 2;
  readonly name: string;
  readonly created: string;
  readonly command: string;
  readonly experiment: SweepRecord["manifest"]["experiment"];
  readonly axes: readonly string[];
  readonly provenance: unknown;
  readonly client: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
  /** Names of the exported columns, in order. */
  readonly columns: readonly Column[];
  /** The columns that can change from step to step. */
  readonly step_columns: readonly Column[];
  /** Cells with curves first, in the figure's order, then the others. */
  readonly cells: readonly CellData[];
  /** How to read the table. */
  readonly reading: string;
  /** Every exported number. */
  readonly table: Readonly<Record<Column, PackedColumn>>;
}

/** The cells in the order of a report's data: those with curves first. */
export function cellsInOrder(record: SweepRecord): CellRecord[] {
  const isDrawn = new Set(drawnCells(record).cells);
  return [...isDrawn, ...record.cells.filter((cell) => !isDrawn.has(cell))];
}

export function reportData(record: SweepRecord, warnings: readonly Warning[]): ReportData {
  const { name, created, command, experiment, axes, provenance, client } = record.manifest;
  const cells = cellsInOrder(record);
  const text = labels(record.manifest.cells, axes);
  const labelOf = new Map(record.manifest.cells.map(({ cellId }, i) => [cellId, text[i] ?? cellId]));
  return {
    format: 2,
    name,
    created,
    command,
    experiment,
    axes,
    provenance: Provenance.toJSON(provenance),
    client,
    warnings,
    columns,
    step_columns: stepColumns,
    cells: cells.map((cell) => ({
      cell_id: cell.cellId,
      status: cell.status,
      label: labelOf.get(cell.cellId) ?? cell.cellId,
      rows: rowsOf(cell),
    })),
    reading: howToRead,
    table: packColumns(record, cells),
  };
}

/** A run of rows without a value: the first row and their number. */
export type Run = readonly [first: number, count: number];

/** One column of a table that has the rows of all cells, cell after cell. */
export type PackedColumn =
  /** The same in every row. */
  | { readonly type: "constant"; readonly value: Value }
  /** One value per cell. */
  | { readonly type: "by_cell"; readonly values: readonly Value[] }
  /** One value per row. */
  | { readonly type: "by_row"; readonly values: readonly Value[] }
  /** One number per row, little-endian. */
  | { readonly type: "float32" | "float64"; readonly base64: string; readonly missing: readonly Run[] };

/** Explains packed columns to programs that read them. */
const howToRead =
  "A column has the rows of all cells, in the order of cells; each cell's rows says how many are its own. A constant " +
  "column has one value, a by_cell column one value per cell, a by_row column one value per row. A float32 or float64 " +
  "column is base64 of little-endian floats, one per row; missing lists the rows without a value as [first row, count]. " +
  "NaN and infinite numbers in values are strings.";

/** The most rows that stay plain JSON, readable by eye. */
export const plainRows = 1000;

/** Collects the values of one column, row after row, and packs them. */
export class Packing {
  private readonly numbers: Float64Array;
  private readonly texts = new Map<number, string>();
  private readonly missing: [number, number][] = [];
  private rows = 0;

  /** @param rows the number of rows, or an array of that length to store them in; it can be reused after packing */
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

/** The number of rows of a cell. */
export function rowsOf(cell: CellRecord): number {
  return exportedSteps(cell).length;
}

/** All exported columns of some cells, packed. Each is a getter that packs it on access, since together they are big. */
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
