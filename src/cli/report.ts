import type { CommandModule } from "yargs";
import { say, write } from "./process.ts";

interface Arguments {
  readonly dir: string;
  readonly show: boolean;
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
