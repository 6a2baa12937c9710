import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandModule } from "yargs";
import type { ReportOptions } from "../report/write.ts";
import { say, write } from "./process.ts";
import { singleValue } from "./usage.ts";

interface Arguments {
  readonly dirs: readonly string[];
  readonly output?: string | undefined;
  readonly show: boolean;
  readonly width?: string | undefined;
  readonly group?: string | undefined;
  readonly against?: string | undefined;
  readonly pdf?: boolean | undefined;
}

/** When a file was written; undefined if it is not there. */
async function writtenAt(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs;
}

/** The files of a report that was drawn from the whole record by this version; empty if it must be drawn again. */
async function currentReport(directory: string): Promise<string[]> {
  const record = ["manifest.json", "journal.jsonl"].map((name) => join(directory, name));
  const names = ["report.html", "figure.svg", "figure.png", "frames.svg"];
  const drawn = names.map((name) => join(directory, name));
  const [sources, times] = await Promise.all([
    Promise.all([...record, fileURLToPath(import.meta.url)].map(writtenAt)),
    Promise.all(drawn.map(writtenAt)),
  ]);
  const latest = Math.max(...sources.map((time) => time ?? Number.POSITIVE_INFINITY));
  // Not every sweep has frames.svg.
  const old = times.some((time, i) => (time === undefined ? drawn[i]?.endsWith("frames.svg") !== true : time < latest));
  return old ? [] : drawn.filter((_, i) => times[i] !== undefined);
}

/** Draws the report of a complete sweep unless it is there already, and prints where it is. */
export async function drawReportOnce(directory: string): Promise<void> {
  const files = await currentReport(directory);
  if (files.length === 0) await drawReport(directory, false);
  else await write(files.map((file) => `${file}\n`));
}

/**
 * Writes a sweep's report and figures and prints where they are; with `show`, opens the figure in a browser and waits
 * until it is closed.
 */
export async function drawReport(
  directory: string | readonly string[],
  show: boolean,
  options: ReportOptions = {},
): Promise<void> {
  const { writeReport } = await import("../report/write.ts");
  const { record, files } = await writeReport(directory, options);
  for (const warning of record.warnings) say(`warning: ${warning}`);
  await write(Object.values(files).flatMap((file) => (file === null ? [] : [`${file}\n`])));
  if (!show) return;
  const [{ curvesFigure }, { nodeplotlibPlots }, { show: open }] = await Promise.all([
    import("../figure/curves.ts"),
    import("../figure/plotly.ts"),
    import("../report/show.ts"),
  ]);
  const { url, closed } = await open(nodeplotlibPlots(curvesFigure(record)));
  say(`The figure is at ${url}; close its page or press Ctrl-C to end.`);
  await closed;
}

/** The axes of `--group`; null if it is not given. */
function groupOf(words: string | undefined): string[] | null {
  if (words === undefined) return null;
  return words === "none" ? [] : words.split(",").map((word) => word.trim());
}

/** `l1probe report DIR`: report.html, figure.svg and figure.png of a sweep. */
export const report: CommandModule<object, Arguments> = {
  command: "report <dirs..>",
  describe:
    "draw a sweep, or several over each other: report.html, figure.svg and figure.png, on request figure.pdf, and for clips of several latent frames frames.svg",
  builder: (yargs) =>
    yargs
      .positional("dirs", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "the sweep's folder; several are drawn as one, equal cells once",
      })
      .option("output", {
        type: "string",
        alias: "o",
        requiresArg: true,
        describe: "folder for the files; by default the sweep's own, or for several a new one beside the first, A+B",
      })
      .option("show", {
        type: "boolean",
        default: false,
        describe: "open the figure in a browser, on this machine only",
      })
      .option("width", {
        type: "string",
        requiresArg: true,
        describe:
          "width of the figure: 3.3in (a paper's column), 6.9in (its page), other inches, or slide; 6.9in by default",
      })
      .option("group", {
        type: "string",
        requiresArg: true,
        describe:
          "axes whose cells become a median and a 10–90 % band, like seed,prompt; none for no axis; by default seed and prompt, if they have more than four values",
      })
      .option("against", {
        type: "string",
        requiresArg: true,
        describe: "draw differences from a cell, by its id, or from the cells with a schedule, like shift:7",
      })
      .option("pdf", { type: "boolean", describe: "also write figure.pdf; by default if --width is given" })
      .check(singleValue("width", "group", "against", "output"))
      .example("$0 report runs/quickstart", "also while the sweep runs")
      .example("$0 report runs/monday runs/tuesday", "curves of two sweeps in one figure, in runs/monday+tuesday")
      .example("$0 report runs/quickstart --width 3.3in", "a figure for one column of a paper")
      .example("NODEPLOTLIB_PORT=8080 $0 report runs/quickstart --show", "on a port of your choice, to open yourself"),
  handler: ({ dirs, show, width, group, against, pdf, output }) =>
    drawReport(dirs, show, { width, group: groupOf(group), against, pdf, output }),
};
