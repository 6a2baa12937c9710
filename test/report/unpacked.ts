import type { PackedColumn } from "../../src/report/data.ts";

/** The values of a packed column, one per row, read as the data describe. */
export function unpacked(column: PackedColumn, cells: readonly { readonly rows: number }[]): unknown[] {
  const total = cells.reduce((sum, { rows }) => sum + rows, 0);
  if (column.type === "constant") return Array(total).fill(column.value);
  if (column.type === "by_cell") return cells.flatMap(({ rows }, i) => Array(rows).fill(column.values[i]));
  if (column.type === "by_row") return [...column.values];
  const bytes = Buffer.from(column.base64, "base64");
  const size = column.type === "float32" ? 4 : 8;
  const values: unknown[] = Array.from({ length: bytes.length / size }, (_, row) =>
    size === 4 ? bytes.readFloatLE(4 * row) : bytes.readDoubleLE(8 * row),
  );
  for (const [first, count] of column.missing) values.fill(null, first, first + count);
  return values;
}
