import { readFileSync } from "node:fs";
import type { CommandModule } from "yargs";
import { TEXT_FORMS, type TextForm } from "../schedule/text/read.ts";
import { write } from "./process.ts";

interface Arguments {
  readonly specs?: readonly string[] | undefined;
  readonly steps?: number | undefined;
  readonly format?: TextForm | undefined;
  readonly list: boolean;
  readonly plot?: string | undefined;
  readonly line?: number | undefined;
  readonly show: boolean;
}

/** The text of a file, or of standard input for `-`. */
function readFile(path: string): string {
  return readFileSync(path === "-" ? 0 : path, "utf8");
}

async function run({ specs = [], steps, format, list, plot, line, show }: Arguments): Promise<void> {
  const { listed, printed, sampled } = await import("./scheduleText.ts");
  if (list) {
    await write([`${listed(specs, format)}\n`]);
    return;
  }
  const drawn = plot !== undefined || show;
  const { checkPicture, drawSchedules } = await import("./schedulePlot.ts");
  checkPicture({ plot, line, show });
  const samples = sampled(specs, steps, { readFile });
  if (drawn) await drawSchedules(samples, { plot, line, show });
  if (drawn && format === undefined) return;
  const columns = process.stdout.isTTY ? process.stdout.columns : null;
  await write([`${printed(samples, format, columns)}\n`]);
}

/** `l1probe schedule SPEC… --steps N`: a schedule's numbers, and pictures of several; no server needed. */
export const schedule: CommandModule<object, Arguments> = {
  command: "schedule [specs..]",
  describe: "print, list or draw schedules; no server needed",
  builder: (yargs) =>
    yargs
      .positional("specs", { type: "string", array: true, describe: "short forms like shift:7; see --list" })
      .option("steps", { type: "number", requiresArg: true, describe: "number of steps N" })
      .option("format", { choices: TEXT_FORMS, describe: "of the numbers; json where the output is no terminal" })
      .option("list", { type: "boolean", default: false, describe: "show every schedule, or those named" })
      .option("plot", { type: "string", requiresArg: true, describe: "draw into a file: .svg, .png or .html" })
      .option("line", { type: "number", requiresArg: true, describe: "a dashed line at this 1 − σ, like .11" })
      .option("show", { type: "boolean", default: false, describe: "draw in a window" })
      .example("$0 schedule shift:7 --steps 5 --format json", "what HunyuanVideo runs")
      .example("$0 schedule linear shift:7 shift:17 --steps 50 --plot shifts.svg", "overlay three")
      .example("$0 schedule --list", "every schedule with formula and parameters"),
  handler: run,
};
