import { statSync } from "node:fs";
import { join } from "node:path";
import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import type { PerCellFormat } from "../export/text.ts";
import type { SweepRecord } from "../record/record.ts";
import { say, write } from "./process.ts";
import { singleValue } from "./usage.ts";

const TABLES = ["csv", "jsonl", "parquet"] as const;
const PER_CELL_FORMATS = ["csv-per-cell", "trackio"] as const satisfies readonly PerCellFormat[];
const FORMATS = [...TABLES, ...PER_CELL_FORMATS] as const;
type Format = (typeof FORMATS)[number];

function isPerCell(format: Format): format is PerCellFormat {
  return (PER_CELL_FORMATS as readonly Format[]).includes(format);
}

interface Arguments {
  readonly dir: string;
  readonly format?: Format | undefined;
  readonly output?: string | undefined;
}

/** @throws ProbeError kind input if a binary table would go to a terminal, or the output is not what the format writes */
export function checkOutput(format: Format, output: string | undefined, terminal: boolean): void {
  if (output === undefined && format === "parquet" && terminal) {
    throw new ProbeError(
      "input",
      "--format parquet is binary and is not printed to a terminal; name a file with --output FILE, or pipe it.",
      { path: "output" },
    );
  }
  if (isPerCell(format)) {
    const found = output === undefined ? undefined : statSync(output, { throwIfNoEntry: false });
    if (output !== undefined && found?.isDirectory() !== false) return;
    const what = output === undefined ? "is missing" : `${output} is a file`;
    throw new ProbeError("input", `--output ${what}; --format ${format} writes a file per cell, so name a folder.`, {
      path: "output",
    });
  }
  if (output !== undefined && statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ProbeError("input", `--output ${output} is a folder; name a file.`, { path: "output" });
  }
}

/** Passes rows on and counts them. */
function* counted<Row>(rows: Iterable<Row>, count: { rows: number }): Generator<Row> {
  for (const row of rows) {
    count.rows += 1;
    yield row;
  }
}

/** Reads a record, with a warning for what it lacks. */
async function readWarned(dir: string): Promise<SweepRecord> {
  const { readRecord } = await import("../record/read.ts");
  const record = await readRecord(dir);
  for (const warning of record.warnings) say(`warning: ${warning}`);
  const lacking = record.cells.filter(({ status }) => status !== "finished").length;
  if (lacking > 0)
    say(`warning: ${lacking} of ${record.cells.length} cells have no rows, because they did not finish.`);
  return record;
}

async function chunks(dir: string, format: Format, count: { rows: number }): Promise<Iterable<string | Uint8Array>> {
  const [{ eachRow }, record] = await Promise.all([import("../analysis/row.ts"), readWarned(dir)]);
  const table = counted(eachRow(record), count);
  if (format === "parquet") return [(await import("../export/parquet.ts")).parquet(table)];
  const { csv, jsonl } = await import("../export/text.ts");
  return format === "csv" ? csv(table) : jsonl(table);
}

/** Writes a file per cell into a folder. */
async function writePerCell(dir: string, format: PerCellFormat, folder: string): Promise<void> {
  const [{ perCell }, { writeWhole }, record] = await Promise.all([
    import("../export/text.ts"),
    import("../record/files.ts"),
    readWarned(dir),
  ]);
  for (const { file, rows, text } of perCell(record, format)) {
    const path = join(folder, file);
    await writeWhole(path, text);
    await write([`${path}: ${rows} rows\n`]);
  }
}

async function run({ dir, format, output }: Arguments): Promise<void> {
  // Not a required option of yargs, which would report it before a mistyped --fromat.
  if (format === undefined)
    throw new ProbeError("input", `export needs --format ${FORMATS.join(", ")}.`, { path: "format" });
  checkOutput(format, output, process.stdout.isTTY === true);
  if (isPerCell(format)) {
    await writePerCell(dir, format, output ?? ".");
    return;
  }
  const count = { rows: 0 };
  const made = await chunks(dir, format, count);
  if (output === undefined) {
    await write(made);
    return;
  }
  const { writeWhole } = await import("../record/files.ts");
  await writeWhole(output, made);
  await write([`${output}: ${count.rows} rows\n`]);
}

/** `l1probe export DIR`: a sweep's rows as a table. */
export const exportRows: CommandModule<object, Arguments> = {
  command: "export <dir>",
  describe: "print a sweep's rows, one per cell and step",
  builder: (yargs) =>
    yargs
      .positional("dir", { type: "string", demandOption: true, describe: "the sweep's folder" })
      .option("format", {
        choices: FORMATS,
        requiresArg: true,
        describe: "format of the table; csv-per-cell and trackio write a file per cell",
      })
      .option("output", {
        type: "string",
        alias: "o",
        requiresArg: true,
        describe: "write to a file instead of standard output; a folder for csv-per-cell and trackio",
      })
      .check(singleValue("format", "output"))
      .example("$0 export runs/quickstart --format csv | head -3", "look at the columns")
      .example("$0 export runs/steps --format trackio -o runs/steps/trackio", "for trackio.import_csv: a run per file")
      .example("$0 export runs/steps --format parquet -o steps.parquet", "for pandas, polars or DuckDB"),
  handler: run,
};
