import type { CommandModule } from "yargs";
import { say, typedCommand, write } from "./process.ts";
import { singleValue } from "./usage.ts";

const FORMATS = ["text", "json"] as const;

interface Arguments {
  readonly dir: string;
  readonly format: (typeof FORMATS)[number];
}

async function run({ dir, format }: Arguments): Promise<void> {
  const [{ readRecord }, { dependenceAnswer }, { answerText, writeAnswer }] = await Promise.all([
    import("../record/read.ts"),
    import("../report/dependence.ts"),
    import("../report/answerPage.ts"),
  ]);
  const record = await readRecord(dir);
  for (const warning of record.warnings) say(`warning: ${warning}`);
  const answer = dependenceAnswer(record, typedCommand());
  if (format === "json") {
    await write([`${JSON.stringify(answer.data, null, 1)}\n`]);
    return;
  }
  const files = await writeAnswer(dir, "dependence", answer);
  await write([...answerText(answer), "", ...files].map((line) => `${line}\n`));
}

/** `l1probe dependence DIR`: whether one density explains a sweep's curves, and what each axis explains. */
export const dependence: CommandModule<object, Arguments> = {
  command: "dependence <dir>",
  describe:
    "does one density of sigma explain a sweep's curves, and what does each axis explain? Writes dependence.html",
  builder: (yargs) =>
    yargs
      .positional("dir", { type: "string", demandOption: true, describe: "the sweep's folder" })
      .option("format", {
        choices: FORMATS,
        requiresArg: true,
        default: "text" as const,
        describe: "text also writes dependence.html, .svg and .json into the folder; json only prints",
      })
      .check(singleValue("format"))
      .example("$0 dependence runs/quickstart", "verdict, tables and the figure of the collapse"),
  handler: run,
};
