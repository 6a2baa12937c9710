import { statSync } from "node:fs";
import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import { say, write } from "./process.ts";
import { singleValue } from "./usage.ts";

const FORMATS = ["csv", "jsonl", "parquet"] as const;
type Format = (typeof FORMATS)[number];

interface Arguments {
  readonly dir: string;
  readonly format?: Format | undefined;
  readonly output?: string | undefined;
}

/** @throws ProbeError kind input if a binary table would go to a terminal, or the output is a folder */
export function checkOutput(format: Format, output: string | undefined, terminal: boolean): void {
  if (output === undefined && format === "parquet" && terminal) {
    throw new ProbeError(
      "input",
      "--format parquet is binary and is not printed to a terminal; name a file with --output FILE, or pipe it.",
      { path: "output" },
    );
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

async function chunks(dir: string, format: Format, count: { rows: number }): Promise<Iterable<string | Uint8Array>> {
  const [{ eachRow }, { readRecord }] = await Promise.all([import("../analysis/row.ts"), import("../record/read.ts")]);
  const record = await readRecord(dir);
  for (const warning of record.warnings) say(`warning: ${warning}`);
  const lacking = record.cells.filter(({ status }) => status !== "finished").length;
  if (lacking > 0)
    say(`warning: ${lacking} of ${record.cells.length} cells have no rows, because they did not finish.`);
  const table = counted(eachRow(record), count);
  if (format === "parquet") return [(await import("../export/parquet.ts")).parquet(table)];
  const { csv, jsonl } = await import("../export/text.ts");
  return format === "csv" ? csv(table) : jsonl(table);
}

async function run({ dir, format, output }: Arguments): Promise<void> {
  // Not a required option of yargs, which would report it before a mistyped --fromat.
  if (format === undefined)
    throw new ProbeError("input", `export needs --format ${FORMATS.join(", ")}.`, { path: "format" });
  checkOutput(format, output, process.stdout.isTTY === true);
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
      .option("format", { choices: FORMATS, requiresArg: true, describe: "format of the table" })
      .option("output", {
        type: "string",
        alias: "o",
        requiresArg: true,
        describe: "write to a file instead of standard output",
      })
      .check(singleValue("format", "output"))
      .example("$0 export runs/quickstart --format csv | head -3", "look at the columns")
      .example("$0 export runs/steps --format parquet -o steps.parquet", "for pandas, polars or DuckDB"),
  handler: run,
};
