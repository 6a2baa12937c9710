import { stringify } from "yaml";
import type { ProbeClient } from "../client/connect.ts";
import { checkChoice, openServer, type ServerChoice } from "../client/openServer.ts";
import { ProbeError } from "../errors.ts";
import { cellLabel } from "../experiment/axes.ts";
import type { Axis } from "../experiment/cell.ts";
import type { ExpandOptions } from "../experiment/expand.ts";
import { checkFit } from "../experiment/fit.ts";
import { runOrder } from "../experiment/order.ts";
import type { Experiment } from "../experiment/schema.ts";
import { expandSource, type Source } from "../experiment/source.ts";
import type { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import { type OpenRecord, openRecord, refuseOtherCells } from "../record/open.ts";
import type { IdentifiedCell } from "../record/record.ts";
import { askedManifest } from "./askedManifest.ts";
import { type AttemptEnd, attempt } from "./attempt.ts";
import { keptNotes } from "./kept.ts";
import { type Progress, tally } from "./progress.ts";
import { slotsOf } from "./slots.ts";
import { runAll } from "./workers.ts";

export interface SweepOptions extends Omit<ServerChoice, "signal">, Omit<ExpandOptions, "place"> {
  /** A YAML file's text, read by `readSource`, or an object. */
  readonly experiment: Source | Experiment;
  /** The sweep's directory: begun, or gone on with. */
  readonly directory: string;
  /**
   * Cells that are asked for at once; if not given, as many as keep the server's batch full. Cells that share a batch
   * differ from cells alone by rounding; the record says each step's batch size.
   */
  readonly concurrency?: number | undefined;
  /** Files to keep of each cell. */
  readonly keep?: readonly ArtifactKind[] | undefined;
  /** Stops the sweep within one step; what is done is kept, and the same sweep goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** The command that makes it again, for the manifest. */
  readonly command?: string | undefined;
  /** Hears how far it is, at every step and cell. */
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** Hears what it waits for before the first step. */
  readonly status?: ((text: string) => void) | undefined;
  /** Hears sentences for people: what is merged, gone on with, failed. */
  readonly note?: ((sentence: string) => void) | undefined;
}

/** What a sweep came to. */
export interface SweepEnd {
  readonly directory: string;
  readonly cells: number;
  /** Cells that are finished now, with those of earlier runs. */
  readonly finished: number;
  /** Cells that this run finished. */
  readonly made: number;
  /** Cells of this run that failed, refused ones among them. */
  readonly failed: number;
  /** Cells of this run that the server refused before any work. */
  readonly refused: number;
}

function isSource(experiment: Source | Experiment): experiment is Source {
  return "place" in experiment;
}

function sourceOf(experiment: Source | Experiment): Source {
  if (isSource(experiment)) return experiment;
  return { text: stringify(experiment), file: "(object)", value: experiment, place: () => "" };
}

function checkConcurrency(concurrency: number | undefined): void {
  if (concurrency === undefined || (Number.isSafeInteger(concurrency) && concurrency >= 1)) return;
  throw new ProbeError("input", `concurrency is ${concurrency}; it must be a whole number from 1.`, {
    path: "concurrency",
  });
}

async function runMissing(
  opened: OpenRecord,
  client: ProbeClient,
  slots: number,
  options: SweepOptions,
): Promise<SweepEnd> {
  const { directory, keep = [], signal, progress, note = () => undefined } = options;
  const { cells, manifest } = opened.record;
  const finished = cells.filter(({ status }) => status === "finished");
  const pending = runOrder(
    cells.filter(({ status }) => status !== "finished"),
    slots,
  );
  const counts = tally(
    finished.map(({ cell }) => cell),
    pending.map(({ cell }) => cell),
    () => performance.now() / 1000,
  );
  const ends: AttemptEnd[] = [];
  progress?.(counts.progress());
  const run = async (identified: IdentifiedCell, stop: AbortSignal) => {
    let steps = 0;
    const end = await attempt(identified, {
      client,
      journal: opened.journal,
      directory,
      keep,
      signal: stop,
      warn: note,
      step() {
        steps += 1;
        counts.step(identified.cell);
        progress?.(counts.progress());
      },
    });
    ends.push(end);
    counts.ended(identified.cell, steps, end.how !== "finished");
    if (end.how !== "finished") {
      note(
        `${cellLabel(identified.cell, manifest.axes as readonly Axis[])} ${end.how === "failed" ? "failed" : "was refused"}: ${end.why}`,
      );
    }
    progress?.(counts.progress());
  };
  const stopped = await runAll(pending, slots, signal, run);
  const count = (how: AttemptEnd["how"]) => ends.filter((end) => end.how === how).length;
  const made = count("finished");
  const done = finished.length + made;
  if (stopped && ends.length < pending.length) {
    throw new ProbeError(
      "interrupted",
      `Stopped with ${done} of ${cells.length} cells in ${directory}; the same command goes on from there.`,
    );
  }
  const refused = count("refused");
  return { directory, cells: cells.length, finished: done, made, failed: count("failed") + refused, refused };
}

/**
 * Runs what is missing of an experiment: each cell at least once, its rows exactly once.
 *
 * @throws ProbeError kind input (nothing was run), unreachable (the server is not there or went away), interrupted, or
 * failed where the record cannot be written. What was done before stays, and the same call goes on from there.
 */
export async function runSweep(options: SweepOptions): Promise<SweepEnd> {
  const { experiment, profile, ports, directory, server, model, signal, command = "runSweep", note } = options;
  checkConcurrency(options.concurrency);
  checkChoice({ server, model });
  const source = sourceOf(experiment);
  const expansion = expandSource(source, { profile, ports });
  for (const sentence of expansion.notes) note?.(sentence);
  // A server may take minutes to load; what can be known without it is said before.
  await refuseOtherCells(directory, expansion);
  options.status?.(server === undefined ? "starting a server on this machine" : `asking the server at ${server}`);
  const opened = await openServer({ server, model, signal });
  try {
    const description = await opened.client.describe();
    checkFit(expansion, description);
    const record = await openRecord(directory, await askedManifest(source, expansion, description, command));
    try {
      for (const sentence of [...record.record.warnings, ...keptNotes(record.record, options.keep ?? [])])
        note?.(sentence);
      return await runMissing(record, opened.client, slotsOf(description, options.concurrency), options);
    } finally {
      record.close();
    }
  } catch (thrown) {
    throw await opened.explain(thrown);
  } finally {
    await opened.close();
  }
}
