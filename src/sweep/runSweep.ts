import { stringify } from "yaml";
import { checkServers, openServers, type Servers } from "../client/servers.ts";
import { ProbeError } from "../errors.ts";
import { checkModelChoice, type ExpandOptions, type Expansion, modelsOf } from "../experiment/expand.ts";
import { runOrder } from "../experiment/order.ts";
import type { Experiment } from "../experiment/schema.ts";
import { expandSource, type Source } from "../experiment/source.ts";
import type { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import { beginRecord, type OpenRecord, reopenRecord } from "../record/resume.ts";
import { missingArtifactNotes } from "./artifacts.ts";
import type { AttemptEnd } from "./attempt.ts";
import { newManifest, resolveModel } from "./manifest.ts";
import { fittingServer } from "./modelServer.ts";
import { type Progress, type Tally, tally } from "./progress.ts";
import { checkConcurrency, concurrencyOf, runCells } from "./runCells.ts";

export interface SweepOptions extends Omit<ExpandOptions, "place"> {
  /** A YAML file's text, read by `readSource`, or an object. */
  readonly experiment: Source | Experiment;
  /** The sweep's directory: begun, or gone on with. */
  readonly directory: string;
  /**
   * `HOST:PORT` of a server that runs, or of one for each model that cells name; without it one is started on this
   * machine for each model in turn.
   */
  readonly server?: string | readonly string[] | undefined;
  /** The model of the server to start, where the experiment names none. */
  readonly model?: string | undefined;
  /** The folder that models of the experiment are relative to; else the current one. */
  readonly folder?: string | undefined;
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

/** A sweep under way. */
interface Running {
  readonly options: SweepOptions;
  readonly source: Source;
  readonly expansion: Expansion;
  readonly servers: Servers;
  readonly ends: AttemptEnd[];
  /** null until a server has said what its model is, where the directory is new. */
  opened: OpenRecord | null;
  counts: Tally | null;
  /** Seconds that were spent on waiting for servers, which say nothing about the pace of cells. */
  waited: number;
}

const seconds = () => performance.now() / 1000;

/** The models that still have cells to run; where cells name none, the one that there is, as only it can be compared. */
function passes({ expansion, opened }: Running): (string | null)[] {
  const missing = opened?.record.cells.filter(({ status }) => status !== "finished").map(({ cell }) => cell);
  return modelsOf(expansion.cells).filter(
    (model) => model === null || missing === undefined || missing.some((cell) => cell.model === model),
  );
}

function begunTally({ opened, expansion }: Running, now: () => number): Tally {
  const cells = opened?.record.cells ?? expansion.cells.map((cell) => ({ cell, status: "missing" }));
  const having = (finished: boolean) =>
    cells.filter(({ status }) => (status === "finished") === finished).map(({ cell }) => cell);
  return tally(having(true), having(false), now);
}

/** Runs what is missing of a model's cells; false where the signal stopped it. */
async function runPass(running: Running, model: string | null): Promise<boolean> {
  const { options, source, expansion, ends } = running;
  const { directory, command = "runSweep", keep = [], signal, progress, note = () => undefined } = options;
  const waits = seconds();
  const server = await fittingServer(expansion, running.servers, model);
  try {
    const { client, description } = server;
    const asked = resolveModel(model, description);
    running.opened ??= await beginRecord(directory, await newManifest(source, expansion, asked, command));
    await running.opened.resolve(asked);
    running.waited += seconds() - waits;
    running.counts ??= begunTally(running, () => seconds() - running.waited);
    const { record, journal } = running.opened;
    const concurrency = concurrencyOf(description, options.concurrency);
    const pending = record.cells.filter(({ cell, status }) => cell.model === model && status !== "finished");
    const { axes } = record.manifest;
    return await runCells(runOrder(pending, concurrency), {
      attempt: { client, journal, directory, keep, images: expansion.images, warn: note },
      counts: running.counts,
      axes,
      concurrency,
      signal,
      progress,
      note,
      ended: (end) => ends.push(end),
    });
  } catch (thrown) {
    throw await server.explain(thrown);
  } finally {
    await server.close();
  }
}

function result({ options: { directory }, opened, expansion, ends }: Running): SweepEnd {
  const count = (how: AttemptEnd["how"]) => ends.filter((end) => end.how === how).length;
  const before = opened?.record.cells.filter(({ status }) => status === "finished").length ?? 0;
  const made = count("finished");
  const refused = count("refused");
  const cells = expansion.cells.length;
  return { directory, cells, finished: before + made, made, failed: count("failed") + refused, refused };
}

async function runPasses(running: Running): Promise<SweepEnd> {
  const { servers, opened, options } = running;
  const { note, keep = [] } = options;
  if (opened !== null)
    for (const sentence of [...opened.record.warnings, ...missingArtifactNotes(opened.record, keep)]) note?.(sentence);
  const models = passes(running);
  // Where it takes no work, all models are asked whether their cells fit before any of them runs.
  if (servers.running) for (const model of models) await fittingServer(running.expansion, servers, model);
  for (const model of models) {
    const taken = await runPass(running, model).catch((thrown: unknown) => {
      // Stopped while a server started: what was done before is worth the same sentence.
      if (running.opened !== null && ProbeError.from(thrown).kind === "interrupted") return false;
      throw thrown;
    });
    if (taken) continue;
    const { finished, cells, directory } = result(running);
    throw new ProbeError(
      "interrupted",
      `Stopped with ${finished} of ${cells} cells in ${directory}; the same command goes on from there.`,
    );
  }
  return result(running);
}

/**
 * Runs what is missing of an experiment: each cell at least once, its rows exactly once. Cells that name models run
 * model by model, and a model whose cells have all finished needs no server.
 *
 * @throws ProbeError kind input (no cell of the model in question was run), unreachable (a server is not there or went
 * away), interrupted, or failed where the record cannot be written. What was done before stays, and the same call goes
 * on from there.
 */
export async function runSweep(options: SweepOptions): Promise<SweepEnd> {
  const { experiment, profile, ports, directory, server = [], model, folder, signal, status, note } = options;
  checkConcurrency(options.concurrency);
  const choice = { servers: typeof server === "string" ? [server] : server, model, folder, signal, status };
  checkServers(choice);
  const source = sourceOf(experiment);
  const expansion = expandSource(source, { profile, ports });
  checkModelChoice(expansion, model);
  for (const sentence of expansion.notes) note?.(sentence);
  // A server may take minutes to load; what can be known without it is said before.
  const opened = await reopenRecord(directory, expansion);
  let running: Running | null = null;
  try {
    const servers = await openServers(choice);
    running = { options, source, expansion, servers, opened, ends: [], counts: null, waited: 0 };
    return await runPasses(running).finally(() => servers.close());
  } finally {
    (running?.opened ?? opened)?.close();
  }
}
