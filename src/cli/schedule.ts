import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { CommandModule } from "yargs";
import { decodeText } from "../decodeText.ts";
import { ProbeError } from "../errors.ts";
import type { Figure } from "../figure/figure.ts";
import { startNote } from "../schedule/schedule.ts";
import { TEXT_FORMS } from "../schedule/sigmasText.ts";
import { say, write } from "./process.ts";
import type { Sampled } from "./scheduleText.ts";
import { numberOf, singleValue } from "./usage.ts";

/** Formats in which schedules are printed: those that are read too, and a table for a page. */
const PRINT_FORMS = [...TEXT_FORMS, "markdown"] as const;
export type PrintForm = (typeof PRINT_FORMS)[number];

interface Arguments {
  readonly specs?: readonly string[] | undefined;
  readonly steps?: number | undefined;
  readonly format?: PrintForm | undefined;
  readonly list: boolean;
  readonly plot?: string | undefined;
  readonly line?: number | undefined;
  readonly show: boolean;
}

const PICTURES = [".svg", ".png", ".html"];

/** Refuses a picture that cannot be drawn, before anything is computed. */
function checkPicture({ plot, line }: Arguments): void {
  if (plot !== undefined && !PICTURES.includes(extname(plot).toLowerCase()))
    throw new ProbeError("input", `--plot is ${plot}; its name must end in ${PICTURES.join(", ")}.`);
  if (line !== undefined && !(line > 0 && line < 1))
    throw new ProbeError("input", `--line is ${line}; it must be a value of 1 − σ between 0 and 1, like .11.`);
}

/** The content of the picture's file, by its ending. */
async function picture(figure: Figure, path: string, samples: readonly Sampled[]): Promise<string | Uint8Array> {
  if (extname(path).toLowerCase() === ".html") {
    const { printed } = await import("./scheduleText.ts");
    const { plotlySource } = await import("../report/write.ts");
    const { figurePage } = await import("../report/answerPage.ts");
    return figurePage(figure, await plotlySource(), printed(samples, "json", null));
  }
  const { pngFigure, svgFigure } = await import("../figure/static/images.ts");
  return extname(path).toLowerCase() === ".svg" ? svgFigure(figure) : pngFigure(figure);
}

/** Draws the schedules over each other: into a file, in a browser, or both. */
async function draw(samples: readonly Sampled[], { plot, line, show }: Arguments): Promise<void> {
  const { schedulesFigure } = await import("../figure/schedules.ts");
  const { packageVersion } = await import("../package.ts");
  const drawn = samples.map(({ spec, schedule, sigmas }) => ({ label: spec, schedule, sigmas }));
  const figure = schedulesFigure(drawn, line ?? null, packageVersion());
  if (plot !== undefined) {
    const { writeWhole } = await import("../record/files.ts");
    const content = await picture(figure, plot, samples);
    await writeWhole(plot, typeof content === "string" ? content : [content]);
    say(plot);
  }
  if (!show) return;
  const { nodeplotlibPlots } = await import("../figure/plotly.ts");
  const server = await import("../report/show.ts");
  const { url, closed } = await server.show(nodeplotlibPlots(figure));
  say(`The schedules are at ${url}; close the page or press Ctrl-C to end.`);
  await closed;
}

async function run(words: Arguments): Promise<void> {
  const { specs = [], steps, format, list, plot, show } = words;
  const { listed, printed, sampled } = await import("./scheduleText.ts");
  if (list) {
    await write([`${listed(specs, format)}\n`]);
    return;
  }
  checkPicture(words);
  const readFile = (path: string): string =>
    path === "-" ? decodeText(readFileSync(0), "standard input") : decodeText(readFileSync(path), path);
  const samples = sampled(specs, steps, { readFile });
  for (const { spec, sigmas } of samples) {
    const note = startNote(sigmas);
    if (note !== null) say(`Note on ${spec}: ${note}`);
  }
  const drawn = plot !== undefined || show;
  if (drawn) await draw(samples, words);
  if (drawn && format === undefined) return;
  const columns = process.stdout.isTTY ? process.stdout.columns : null;
  await write([`${printed(samples, format, columns)}\n`]);
}

/** `l1probe schedule SPEC… --steps N`: a schedule's numbers, and pictures of several; no server needed. */
export const schedule: CommandModule<object, Arguments> = {
  command: "schedule [specs..]",
  describe: "print, list or plot schedules; no server needed",
  builder: (yargs) =>
    yargs
      .positional("specs", { type: "string", array: true, describe: "schedules like shift:7; see --list" })
      .option("steps", {
        type: "string",
        requiresArg: true,
        coerce: numberOf("steps"),
        describe: "number of steps N",
      })
      .option("format", { choices: PRINT_FORMS, describe: "format of the numbers; json unless printed to a terminal" })
      .option("list", { type: "boolean", default: false, describe: "describe every schedule, or those named" })
      .option("plot", { type: "string", requiresArg: true, describe: "plot into a file: .svg, .png or .html" })
      .option("line", { type: "number", requiresArg: true, describe: "add a dashed line at this 1 − σ, like .11" })
      .option("show", { type: "boolean", default: false, describe: "plot in a browser" })
      .check(singleValue("steps", "format", "plot", "line"))
      .example("$0 schedule shift:7 --steps 5 --format json", "what HunyuanVideo runs")
      .example("$0 schedule linear shift:7 shift:17 --steps 50 --plot shifts.svg", "three schedules in one plot")
      .example("$0 schedule --list", "every schedule with its formula and parameters"),
  handler: run,
};
