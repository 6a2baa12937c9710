import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandModule } from "yargs";
import { say, write } from "./process.ts";

interface Arguments {
  readonly dir: string;
  readonly show: boolean;
}

/** When a file was written; undefined if it is not there. */
async function writtenAt(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs;
}

/** The files of a report that was drawn from the whole record by this version; empty if it must be drawn again. */
async function currentReport(directory: string): Promise<string[]> {
  const record = ["manifest.json", "journal.jsonl"].map((name) => join(directory, name));
  const drawn = ["report.html", "figure.svg", "figure.png", "frames.svg"].map((name) => join(directory, name));
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
export async function drawReport(directory: string, show: boolean): Promise<void> {
  const { writeReport } = await import("../report/write.ts");
  const { record, files } = await writeReport(directory);
  for (const warning of record.warnings) say(`warning: ${warning}`);
  await write(Object.values(files).flatMap((file) => (file === null ? [] : [`${file}\n`])));
  if (!show) return;
  const [{ curvesFigure }, { nodeplotlibPlots }, { show: open }] = await Promise.all([
    import("../figure/curves.ts"),
    import("../figure/nodeplotlib.ts"),
    import("../report/show.ts"),
  ]);
  const { url, closed } = await open(nodeplotlibPlots(curvesFigure(record)));
  say(`The figure is at ${url}; close its page or press Ctrl-C to end.`);
  await closed;
}

/** `l1probe report DIR`: report.html, figure.svg and figure.png of a sweep. */
export const report: CommandModule<object, Arguments> = {
  command: "report <dir>",
  describe: "draw a sweep: report.html, figure.svg, figure.png and, for clips of several latent frames, frames.svg",
  builder: (yargs) =>
    yargs
      .positional("dir", { type: "string", demandOption: true, describe: "the sweep's folder" })
      .option("show", {
        type: "boolean",
        default: false,
        describe: "open the figure in a browser, on this machine only",
      })
      .example("$0 report runs/quickstart", "also while the sweep runs")
      .example("NODEPLOTLIB_PORT=8080 $0 report runs/quickstart --show", "on a port of your choice, to open yourself"),
  handler: ({ dir, show }) => drawReport(dir, show),
};
