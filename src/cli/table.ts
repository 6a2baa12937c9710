import type { CommandModule } from "yargs";
import type { Row } from "../analysis/row.ts";
import { write } from "./process.ts";
import { type TableColumn, type TableFormat, tabular, withFormat } from "./tabular.ts";
import { singleValue } from "./usage.ts";

interface Arguments {
  readonly dir: string;
  readonly cell?: string | undefined;
  readonly format?: TableFormat;
}

async function run({ dir, cell, format = "text" }: Arguments): Promise<void> {
  const [{ readRecord }, { STEP_COLUMNS, stepTables, stepTableText }] = await Promise.all([
    import("../record/read.ts"),
    import("../report/table.ts"),
  ]);
  const tables = stepTables(await readRecord(dir), cell);
  if (format === "text") {
    const lines = tables.flatMap((one, i) => [...(i === 0 ? [] : [""]), ...stepTableText(one)]);
    await write(lines.map((line) => `${line}\n`));
    return;
  }
  const columns: TableColumn<Row>[] = STEP_COLUMNS.map(({ column }) => ({
    key: column,
    of: (row) => row[column],
    // Seven significant digits, the precision of float32.
    text: (row) => (row[column] === null ? "–" : String(Number(row[column].toPrecision(7)))),
  }));
  if (format === "markdown") {
    const parts = tables.map(
      ({ label, cellId, rows }) => `**${label}** (${cellId})\n\n${tabular(columns, rows, format)}`,
    );
    await write([parts.join("\n")]);
    return;
  }
  const named: TableColumn<Row>[] = [{ key: "cell_id", of: (row) => row.cell_id }, ...columns];
  await write([
    tabular(
      named,
      tables.flatMap(({ rows }) => rows),
      format,
    ),
  ]);
}

/** `l1probe table DIR`: a sweep's cells, step by step. */
export const table: CommandModule<object, Arguments> = {
  command: "table <dir>",
  describe: "print cells step by step: timestep, mean absolute values, and the relative L1 of latent, cond and cfg",
  builder: (yargs) =>
    withFormat(
      yargs.positional("dir", { type: "string", demandOption: true, describe: "the sweep's folder" }).option("cell", {
        type: "string",
        requiresArg: true,
        describe: "a cell's id or a prefix of it; by default every finished cell",
      }),
    )
      .check(singleValue("cell", "format"))
      .example("$0 table runs/quickstart --cell 3f2a", "one cell, by a prefix of its id")
      .example("$0 table runs/quickstart --format markdown", "for a page or an issue"),
  handler: run,
};
