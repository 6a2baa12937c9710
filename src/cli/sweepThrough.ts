import type { SweepEnd } from "../sweep/runSweep.ts";
import type { ServerChoice } from "./config.ts";
import type { ExperimentFile } from "./experimentFile.ts";
import { EXIT, interruptible, typedCommand, write } from "./process.ts";
import { type ProgressLine, progressLine } from "./progressLine.ts";
import { drawReport, drawReportOnce } from "./report.ts";
import type { SweepArguments } from "./sweepOptions.ts";

/** What a sweep of the command line runs. */
export interface SweepRun extends Pick<ExperimentFile, "source" | "ports" | "folder"> {
  readonly profile: string | undefined;
  readonly directory: string;
  readonly choice: ServerChoice;
}

async function sweepThrough(typed: SweepArguments, run: SweepRun, signal: AbortSignal, line: ProgressLine) {
  const [{ runSweep }, { ARTIFACTS }, { userCache }] = await Promise.all([
    import("../sweep/runSweep.ts"),
    import("../sweep/artifacts.ts"),
    import("../sweep/cellCache.ts"),
  ]);
  const { source, profile, ports, folder, directory, choice } = run;
  return runSweep({
    experiment: source,
    profile,
    ports,
    folder,
    directory,
    extend: typed.extend,
    reuse: typed.reuse,
    cache: typed.cache ? userCache() : undefined,
    server: choice.servers.map(({ address }) => address),
    serverImplied: choice.implied,
    model: typed.model,
    loras: typed.lora,
    concurrency: typed.concurrency,
    keep: [...typed.keep, ...(typed.video ? (["video"] as const) : [])].map((name) => ARTIFACTS[name]),
    statesAt: typed["states-at"],
    signal,
    command: typedCommand(),
    status: line.status,
    progress: line.update,
    note: (sentence) => line.note(`note: ${sentence}`),
  });
}

function exitCode({ made, failed, refused, nonFinite }: SweepEnd, failOnNan: boolean): number {
  if (failed === 0) return failOnNan && nonFinite > 0 ? EXIT.someFailed : EXIT.done;
  const nothingRan = made === 0 && refused === failed;
  return nothingRan ? EXIT.badInput : EXIT.someFailed;
}

/**
 * Runs a sweep, draws its report, prints where they are, and sets the exit code.
 *
 * @param prepare makes what is run, once Ctrl-C stops it; its last function is called when the cells have ended
 */
export async function sweepAndReport(
  typed: SweepArguments,
  prepare: (signal: AbortSignal, line: ProgressLine) => Promise<SweepRun & { close?: () => Promise<void> }>,
): Promise<void> {
  const line = progressLine(process.stderr, typed.quiet);
  const { signal, release } = interruptible(line.note);
  let end: SweepEnd;
  try {
    const run = await prepare(signal, line);
    end = await sweepThrough(typed, run, signal, line).finally(run.close);
  } finally {
    line.end();
    release();
  }
  const { directory } = end;
  process.exitCode = exitCode(end, typed["fail-on-nan"]);
  await write([`${directory}: ${end.finished} of ${end.cells} cells\n`]);
  if (end.finished === 0 || !(typed.report || typed.show)) return;
  if (end.made + end.reused > 0 || typed.show) await drawReport(directory, typed.show);
  else await drawReportOnce(directory);
}
