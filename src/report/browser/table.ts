import type { PackedColumn, ReportData } from "../data.ts";

/** Reads a column of the page's data by cell and row; a column is unpacked when it is first read. */
export class Table {
  private readonly unpacked = new Map<string, (cell: number, row: number) => unknown>();
  private readonly starts: number[] = [];

  /** @param drawn columns that plots draw and the export lacks */
  constructor(
    readonly data: ReportData,
    private readonly drawn: Readonly<Record<string, PackedColumn>>,
  ) {
    let start = 0;
    for (const { rows } of data.cells) {
      this.starts.push(start);
      start += rows;
    }
  }

  /** @returns null if the row has no value */
  value(cell: number, column: string, row: number): unknown {
    const table: Readonly<Record<string, PackedColumn>> = this.data.table;
    let read = this.unpacked.get(column);
    if (read === undefined) {
      read = unpack(table[column] ?? this.drawn[column]);
      this.unpacked.set(column, read);
    }
    return read(cell, (this.starts[cell] ?? 0) + row) ?? null;
  }

  /** A finite number, or null. */
  number(cell: number, column: string, row: number): number | null {
    const value = this.value(cell, column, row);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  }
}

function unpack(packed: PackedColumn | undefined): (cell: number, row: number) => unknown {
  if (packed === undefined) return () => null;
  if (packed.type === "constant") return () => packed.value;
  if (packed.type === "by_cell") return (cell) => packed.values[cell];
  if (packed.type === "by_row") return (_, row) => packed.values[row];
  const bytes = Uint8Array.from(atob(packed.base64), (character) => character.charCodeAt(0));
  const numbers = packed.type === "float32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
  const missing = new Uint8Array(numbers.length);
  for (const [first, count] of packed.missing) missing.fill(1, first, first + count);
  return (_, row) => (missing[row] === 1 ? null : numbers[row]);
}

/** A value for display: five significant digits; an en dash for none. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(5)));
  return value === null || value === undefined ? "–" : String(value);
}
