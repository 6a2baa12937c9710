import type { CommandModule } from "yargs";
import { write } from "./process.ts";

interface Arguments {
  readonly dir: string;
  readonly cell?: string | undefined;
}

async function run({ dir, cell }: Arguments): Promise<void> {
  const [{ readRecord }, { meanAbsTable }] = await Promise.all([
    import("../record/read.ts"),
    import("../report/table.ts"),
  ]);
  const lines = meanAbsTable(await readRecord(dir), cell);
  await write(lines.map((line) => `${line}\n`));
}

/** `l1probe table DIR`: mean absolute values, step by step. */
export const table: CommandModule<object, Arguments> = {
  command: "table <dir>",
  describe: "print cells step by step: timestep and the mean absolute values of latent_in, cond, cfg and latent_out",
  builder: (yargs) =>
    yargs
      .positional("dir", { type: "string", demandOption: true, describe: "the sweep's folder" })
      .option("cell", {
        type: "string",
        requiresArg: true,
        describe: "a cell's id or a prefix of it; by default every finished cell",
      })
      .example("$0 table runs/quickstart --cell 3f2a", "one cell, by a prefix of its id"),
  handler: run,
};
