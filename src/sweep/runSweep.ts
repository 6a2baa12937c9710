import { stringify } from "yaml";
import { checkServers, openServers, type Servers, type ServersChoice, sameModelName } from "../client/servers.ts";
import { ProbeError } from "../errors.ts";
import type { Cell } from "../experiment/cell.ts";
import { checkModelChoice, type ExpandOptions, type Expansion, modelsOf } from "../experiment/expand.ts";
import { cutNotes } from "../experiment/fit.ts";
import type { Experiment } from "../experiment/schema.ts";
import { expandSource, type Source } from "../experiment/source.ts";
import { runOrder } from "../experiment/workload.ts";
import type { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import { SIGNALS } from "../record/evaluations.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { beginRecord, type OpenRecord, reopenRecord } from "../record/resume.ts";
import { checkStatesAt, missingArtifactNotes } from "./artifacts.ts";
import type { AttemptEnd } from "./attempt.ts";
import { extensionBy, newManifest, resolveModel } from "./manifest.ts";
import { fittingServer, promptTokens } from "./modelServer.ts";
import { type Progress, type Tally, tally } from "./progress.ts";
import { Reuse } from "./reuse.ts";
import { checkConcurrency, concurrencyOf, nonFiniteNote, runCells } from "./runCells.ts";

export interface SweepOptions extends Omit<ExpandOptions, "place"> {
  /** A YAML file's text, read by `readSource`, or an object. */
  readonly experiment: Source | Experiment;
  /** The sweep's directory, new or to be resumed. */
  readonly directory: string;
  /**
   * Whether an experiment that differs from the recorded one extends the record: cells that both have stay, missing ones
   * run, and the others stay in the journal and out of tables. By default it is refused.
   */
  readonly extend?: boolean | undefined;
  /**
   * Folders of other records. Their finished cells are taken, not run again, if model, dtypes and versions agree; the
   * journal says where each is from.
   */
  readonly reuse?: readonly string[] | undefined;
  /**
   * The folder of a cache of finished cells, which are taken if the whole provenance of the servers agrees; cells that
   * finish are remembered there. By default there is none.
   */
  readonly cache?: string | undefined;
  /**
   * `HOST:PORT` of a running server, or of one for each model that the cells name. If not given, a server is started on
   * this machine for each model, one at a time.
   */
  readonly server?: string | readonly string[] | undefined;
  /** Whether a default named the servers, so that a complete sweep need not ask them. */
  readonly serverImplied?: boolean | undefined;
  /** The model of the server to start if the experiment names none. */
  readonly model?: string | undefined;
  /** LoRAs of the server to start: files, folders or hub ids, with `:SCALE`. */
  readonly loras?: readonly string[] | undefined;
  /** The folder that the experiment's models are relative to; by default the current one. */
  readonly folder?: string | undefined;
  /**
   * Maximum number of concurrent cells; by default, as many as fill the server's batch. Batched and single results
   * differ only by floating-point rounding, and the record says each step's batch size.
   */
  readonly concurrency?: number | undefined;
  /** Artifacts to save of each cell. */
  readonly keep?: readonly ArtifactKind[] | undefined;
  /** With the states among `keep`: the numbers of steps after which the solver's state is saved, rising. */
  readonly statesAt?: readonly number[] | undefined;
  /** Stops the sweep within one step; finished cells stay, and the same call resumes from there. */
  readonly signal?: AbortSignal | undefined;
  /** The command that repeats the sweep, for the manifest. */
  readonly command?: string | undefined;
  /** Called with the progress at every step and cell. */
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** Called with what the sweep is waiting for before its first step. */
  readonly status?: ((text: string) => void) | undefined;
  /** Called with sentences for people: merged cells, warnings of the record, failures. */
  readonly note?: ((sentence: string) => void) | undefined;
}

/** How a sweep ended. */
export interface SweepEnd {
  readonly directory: string;
  readonly cells: number;
  /** Finished cells, including those of earlier runs. */
  readonly finished: number;
  /** Finished cells that this run took from other records or the cache. */
  readonly reused: number;
  /** Cells that this run finished. */
  readonly made: number;
  /** Cells of this run that failed or were refused. */
  readonly failed: number;
  /** Cells of this run that the server refused before any work. */
  readonly refused: number;
  /** Finished cells with NaN or infinity, including those of earlier runs. */
  readonly nonFinite: number;
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
  readonly ends: (AttemptEnd & { readonly nonFinite: boolean })[];
  readonly reuse: Reuse;
  /** null in a new directory until a server has said what its model is. */
  opened: OpenRecord | null;
  counts: Tally | null;
  /** Seconds spent waiting for servers, which do not count for the pace of cells. */
  waited: number;
}

/** Of a sweep that no command line started. */
const DEFAULT_COMMAND = "runSweep";

const seconds = () => performance.now() / 1000;

function isFinished({ reuse }: Running, { cellId, status }: CellRecord): boolean {
  return status === "finished" || reuse.taken.has(cellId);
}

function missingCells(running: Running): readonly Cell[] {
  const { opened, expansion } = running;
  if (opened === null) return expansion.cells;
  return opened.record.cells.filter((cell) => !isFinished(running, cell)).map(({ cell }) => cell);
}

/**
 * Whether the sweep is complete and can end without a server. Servers, LoRAs and a model that the caller named are
 * still compared with the record, unless the model has the recorded name.
 */
function nothingLeft(
  running: Running,
  { servers, model, loras = [] }: Pick<ServersChoice, "servers" | "model" | "loras">,
): boolean {
  const { serverImplied = false } = running.options;
  const asked = (servers.length > 0 && !serverImplied) || loras.length > 0;
  if (missingCells(running).length > 0 || asked) return false;
  const recorded = running.opened?.record.manifest.provenance?.model?.id;
  return model === undefined || (recorded !== undefined && sameModelName(recorded, model));
}

function startTally(running: Running, now: () => number): Tally {
  const cells = running.opened?.record.cells ?? [];
  const finished = cells.filter((cell) => isFinished(running, cell)).map(({ cell }) => cell);
  return tally(finished, missingCells(running), now);
}

/** The error of a server that went away while cells ran. */
function lost(running: Running, { message, cause }: ProbeError): ProbeError {
  const { finished, cells, directory } = sweepEnd(running);
  return new ProbeError(
    "unreachable",
    `The server was lost with ${finished} of ${cells} cells in ${directory}; finished cells are kept, run the same ` +
      `command again to resume. ${message}`,
    { cause },
  );
}

/** One per-model pass: runs the missing cells of a model; false if the signal stopped it. */
async function runPass(running: Running, servers: Servers, model: string | null): Promise<boolean> {
  const { options, source, expansion, ends } = running;
  const {
    directory,
    command = DEFAULT_COMMAND,
    keep = [],
    statesAt = [],
    signal,
    progress,
    note = () => undefined,
  } = options;
  const waitingSince = seconds();
  const server = await fittingServer(expansion, servers, model);
  try {
    const { client, description } = server;
    const resolved = resolveModel(model, description);
    running.opened ??= await beginRecord(directory, await newManifest(source, expansion, resolved, command));
    await running.opened.resolve(resolved);
    const concurrency = concurrencyOf(description, options.concurrency);
    const { record, journal: own } = running.opened;
    const ofModel = record.cells.filter(({ cell, status }) => cell.model === model && status !== "finished");
    const { images, starts, frameSums } = expansion;
    const { provenance } = resolved;
    const wanted = { provenance, keep, frameSums, alone: concurrency === 1 };
    const reused = await running.reuse.take(ofModel, wanted, { directory, journal: own });
    for (const { cell, cellId } of reused) {
      running.counts?.reused(cell);
      const step = running.reuse.taken.get(cellId) ?? null;
      if (step !== null) note(nonFiniteNote(cell, record.manifest.axes, step));
    }
    running.waited += seconds() - waitingSince;
    running.counts ??= startTally(running, () => seconds() - running.waited);
    const pending = ofModel.filter((cell) => !isFinished(running, cell));
    const journal = running.reuse.remembering(own, provenance);
    const prompts = await promptTokens(
      server,
      pending.map(({ cell }) => cell),
    );
    for (const sentence of cutNotes(prompts)) note(sentence);
    return await runCells(runOrder(pending, concurrency), {
      attempt: { client, journal, directory, keep, statesAt, frameSums, images, starts, warn: note },
      counts: running.counts,
      axes: record.manifest.axes,
      concurrency,
      signal,
      progress,
      note,
      ended: (end, nonFinite) => ends.push({ ...end, nonFinite }),
    });
  } catch (thrown) {
    const error = await server.explain(thrown);
    throw error.kind === "unreachable" && running.counts !== null ? lost(running, error) : error;
  } finally {
    await server.close();
  }
}

function sweepEnd({ options: { directory }, opened, expansion, ends, reuse }: Running): SweepEnd {
  const count = (how: AttemptEnd["how"]) => ends.filter((end) => end.how === how).length;
  const before = opened?.record.cells.filter(({ status }) => status === "finished").length ?? 0;
  const reused = reuse.taken.size;
  const made = count("finished");
  const refused = count("refused");
  const cells = expansion.cells.length;
  const nonFinite =
    ends.filter((end) => end.how === "finished" && end.nonFinite).length +
    [...reuse.taken.values()].filter((step) => step !== null).length +
    (opened?.record.cells.filter((cell) => firstNonFinite(cell) !== null).length ?? 0);
  const finished = before + reused + made;
  return { directory, cells, finished, reused, made, failed: count("failed") + refused, refused, nonFinite };
}

/** The first step of a recorded cell with a non-finite value; null if all are finite. */
function firstNonFinite({ steps }: CellRecord): number | null {
  return steps.find((step) => SIGNALS.some((signal) => (step.sums(signal)?.nonFinite ?? 0) > 0))?.step ?? null;
}

function nonFiniteNotes({ cells, manifest }: SweepRecord): string[] {
  return cells.flatMap((known) => {
    const step = firstNonFinite(known);
    return step === null ? [] : [nonFiniteNote(known.cell, manifest.axes, step)];
  });
}

async function runPasses(running: Running, servers: Servers): Promise<void> {
  const { expansion } = running;
  const missing = missingCells(running);
  const asked = (running.options.loras ?? []).length > 0;
  // Cells that name no model have one server, which is compared with the record even if nothing is missing, and so are
  // LoRAs.
  const models = modelsOf(expansion.cells).filter(
    (model) => model === null || asked || missing.some((cell) => cell.model === model),
  );
  // Servers that are running can check every cell before any of them runs.
  if (servers.running) for (const model of models) await fittingServer(expansion, servers, model);
  for (const model of models) {
    const completed = await runPass(running, servers, model).catch((thrown: unknown) => {
      // An interrupt while a server starts gets the same sentence as one between steps.
      if (running.opened !== null && ProbeError.from(thrown).kind === "interrupted") return false;
      throw thrown;
    });
    if (completed) continue;
    const { finished, cells, directory } = sweepEnd(running);
    throw new ProbeError(
      "interrupted",
      `Stopped with ${finished} of ${cells} cells in ${directory}; run the same command again to resume.`,
    );
  }
}

/**
 * Runs the missing cells of an experiment: each cell at least once, its rows exactly once. Cells that name models run
 * in one pass per model. A model whose cells have all finished needs no server, and a complete sweep starts none.
 *
 * @throws ProbeError kind input (no cell of the model in question was run), unreachable (a server is not there or went
 * away), interrupted, or failed if the record cannot be written. Finished cells stay, and the same call resumes.
 */
export async function runSweep(options: SweepOptions): Promise<SweepEnd> {
  const {
    experiment,
    profile,
    ports,
    directory,
    server = [],
    model,
    loras,
    folder,
    signal,
    status,
    note,
    keep = [],
    extend = false,
  } = options;
  checkConcurrency(options.concurrency);
  const choice = { servers: typeof server === "string" ? [server] : server, model, loras, folder, signal, status };
  checkServers(choice);
  const source = sourceOf(experiment);
  const expansion = expandSource(source, { profile, ports });
  checkModelChoice(expansion, model, loras);
  checkStatesAt(expansion, keep, options.statesAt);
  for (const sentence of expansion.notes) note?.(sentence);
  // A server may take minutes to load, so everything that can be checked without one comes first.
  const extension = extend ? extensionBy(source, expansion, options.command ?? DEFAULT_COMMAND) : undefined;
  const reuse = await Reuse.open(options);
  const opened = await reopenRecord(directory, expansion, extension);
  const running: Running = { options, source, expansion, reuse, opened, ends: [], counts: null, waited: 0 };
  try {
    if (opened !== null) {
      const { record, extension } = opened;
      const notes = [
        ...(extension === null ? [] : [extension]),
        ...record.warnings,
        ...missingArtifactNotes(record, keep),
        ...nonFiniteNotes(record),
      ];
      for (const sentence of notes) note?.(sentence);
    }
    if (nothingLeft(running, choice)) {
      await opened?.commit();
      return sweepEnd(running);
    }
    const servers = await openServers(choice);
    await runPasses(running, servers).finally(() => servers.close());
    return sweepEnd(running);
  } finally {
    running.opened?.close();
    await reuse.close();
  }
}
