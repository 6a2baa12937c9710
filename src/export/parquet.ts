import { parquetWriteBuffer } from "hyparquet-writer";
import { type Column, columns, type Value } from "../analysis/row.ts";

/** Columns whose type must not depend on whether a sweep happens to have values for them. */
const TEXT: ReadonlySet<Column> = new Set([
  "cell_id",
  "schedule",
  "prompt",
  "negative_prompt",
  "sampler",
  "solver_state",
  "image",
  "init",
  "expert",
  "scheduler",
  "model",
  "family",
  "weights",
  "transformer_dtype",
  "device",
  "lora",
] satisfies Column[]);
const SMALL: ReadonlySet<Column> = new Set([
  "step",
  "steps",
  "evaluation",
  "frames",
  "height",
  "width",
  "batch_size",
  "shared",
] satisfies Column[]);
/** Beyond 32 bits. */
const LARGE: ReadonlySet<Column> = new Set(["seed", "non_finite"] satisfies Column[]);

function typeOf(name: Column): "STRING" | "INT32" | "INT64" | "DOUBLE" {
  if (TEXT.has(name)) return "STRING";
  if (SMALL.has(name)) return "INT32";
  return LARGE.has(name) ? "INT64" : "DOUBLE";
}

/**
 * A Parquet file with one column a column of the rows: text, whole numbers or doubles, all of them nullable.
 *
 * @param rows values in the columns' order
 */
export function parquet(rows: Iterable<readonly Value[]>): Uint8Array {
  const columnData = columns.map((name) => {
    const data: (string | number | bigint | null)[] = [];
    return { name, type: typeOf(name), data };
  });
  for (const row of rows) {
    for (const [i, { type, data }] of columnData.entries()) {
      const value = row[i] ?? null;
      data.push(type === "INT64" && value !== null ? BigInt(value) : value);
    }
  }
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
