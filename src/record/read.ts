import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Started, Step } from "../generated/l1probe/v1/probe.ts";
import type { Evaluation } from "./evaluations.ts";
import { artifactPath, eachLine, isMissing, JOURNAL } from "./files.ts";
import { type Entry, LineReader, type ReadEntry, readJournal, type Torn } from "./journal.ts";
import { MANIFEST, type Manifest, readManifest } from "./manifest.ts";
import type { CellRecord, IdentifiedCell, SweepRecord } from "./record.ts";

/** The state of a cell after the journal entries read so far. */
interface Tally {
  attempt: {
    readonly runId: string;
    readonly from: string | undefined;
    readonly started: Started;
    readonly steps: Evaluation[];
  } | null;
  record: CellRecord;
}

function unknown(identified: IdentifiedCell): CellRecord {
  return { ...identified, status: "missing", started: null, steps: [], finished: null, failed: null, artifacts: [] };
}

function take(tally: Tally, entry: ReadEntry): void {
  const { attempt, record } = tally;
  // The first finished attempt counts; later ones must not change its rows.
  if (record.status === "finished") return;
  if (entry.event === "started") {
    tally.attempt = { runId: entry.runId, from: entry.from, started: entry.body, steps: [] };
    return;
  }
  if (entry.event === "failed") {
    tally.record = { ...record, status: "failed", started: attempt?.started ?? null, failed: entry.body };
    tally.attempt = null;
    return;
  }
  if (attempt?.runId !== entry.runId) throw new Error(`${entry.event} of run ${entry.runId}, which has not started`);
  if (entry.event === "step") {
    attempt.steps.push(entry.body);
    return;
  }
  const artifacts = entry.body.artifacts.map((artifact) => ({
    artifact,
    path: artifactPath(entry.cellId, artifact.fileName),
  }));
  const { started, from, steps } = attempt;
  const origin = from === undefined ? {} : { from };
  tally.record = {
    ...record,
    ...origin,
    status: "finished",
    started,
    steps,
    finished: entry.body,
    failed: null,
    artifacts,
  };
}

/**
 * Builds the cells of a record from journal entries. An attempt begins with its started line, so attempts with equal run
 * ids of different servers stay separate.
 */
export class CellsOf {
  private readonly tallies: ReadonlyMap<string, Tally>;
  private readonly former: ReadonlySet<string>;
  private readonly name: string;

  /** @param name of the journal, for error messages */
  constructor(manifest: Manifest, name: string) {
    this.name = name;
    this.former = new Set(manifest.former?.map(({ cellId }) => cellId));
    this.tallies = new Map(
      manifest.cells.map((cell): [string, Tally] => [cell.cellId, { attempt: null, record: unknown(cell) }]),
    );
  }

  /** @throws ProbeError kind input, with the line's number, if the entry cannot follow the ones before it */
  take(entry: ReadEntry, line: number): void {
    const tally = this.tallies.get(entry.cellId);
    if (tally === undefined && this.former.has(entry.cellId)) return;
    try {
      if (tally === undefined) throw new Error(`cell ${entry.cellId} is not in the manifest`);
      take(tally, entry);
    } catch (thrown) {
      const { message } = ProbeError.from(thrown);
      throw new ProbeError("input", `${this.name}:${line} does not follow from the lines before it: ${message}.`, {
        cause: thrown,
      });
    }
  }

  /** The cells after the entries so far, in the manifest's order. */
  get cells(): CellRecord[] {
    return [...this.tallies.values()].map(({ record }) => record);
  }
}

/**
 * Reads the cells of a manifest from the journal in its directory.
 *
 * @param onEntry called with every entry, in order
 * @throws ProbeError kind input if the journal cannot be read or contains other cells
 */
export async function readCells(
  directory: string,
  manifest: Manifest,
  onEntry?: (entry: ReadEntry) => void,
): Promise<{ readonly record: SweepRecord; readonly torn: Torn | null }> {
  const name = join(directory, JOURNAL);
  const known = new CellsOf(manifest, name);
  const torn = await readJournal(directory, (entry, line) => {
    known.take(entry, line);
    onEntry?.(entry);
  });
  const warnings =
    torn === null
      ? []
      : [`${name}:${torn.line} is torn, as after a crash, and was left out; running the same sweep again replaces it.`];
  return { record: { manifest, cells: known.cells, warnings }, torn };
}

/**
 * Reads a sweep's directory, also while the sweep runs.
 *
 * @throws ProbeError kind input if it has no sweep, or one that cannot be read
 */
export async function readRecord(directory: string): Promise<SweepRecord> {
  const manifest = await readManifest(directory);
  if (manifest === null) {
    throw new ProbeError(
      "input",
      `${directory} holds no ${MANIFEST}, so no sweep was recorded there; name the folder of one.`,
    );
  }
  return (await readCells(directory, manifest)).record;
}

/** The cell of a line, as the line spells it; an entry's head precedes its body, which may be long. */
function cellIn(line: Buffer): string {
  const begin = line.indexOf('"cell":"') + '"cell":'.length;
  return line.toString("utf8", begin, line.indexOf('"', begin + 1) + 1);
}

/**
 * Reads the steps of some cells with their sums per latent frame, which `readRecord` leaves out, in one pass.
 *
 * @param cellIds as in the manifest
 * @returns by cell id, the evaluations of the attempt that the record uses, in order; sums per latent frame are empty for
 * a single latent frame, or if they were not requested
 * @throws ProbeError kind input if a cell has not finished there
 */
export async function readStepsOf(directory: string, cellIds: readonly string[]): Promise<Map<string, Step[]>> {
  const file = join(directory, JOURNAL);
  const reader = new LineReader();
  const unfinished = new Map(cellIds.map((cellId): [string, Step[]] => [JSON.stringify(cellId), []]));
  const finished = new Map<string, Step[]>();
  const take = (line: Buffer, _before: number, whole: boolean) => {
    const cell = cellIn(line);
    const steps = unfinished.get(cell);
    if (!whole || steps === undefined) return true;
    const entry = reader.readWhole(line);
    if (entry.event === "step") steps.push(entry.body);
    else if (entry.event !== "finished") unfinished.set(cell, []);
    else {
      // Later attempts do not count.
      unfinished.delete(cell);
      finished.set(entry.cellId, steps);
    }
    return unfinished.size > 0;
  };
  if (unfinished.size > 0) await eachLine(file, take);
  for (const cell of unfinished.keys())
    throw new ProbeError("input", `Cell ${JSON.parse(cell)} has not finished in ${file}; name one that has.`);
  return finished;
}

/** Reads the steps of one cell as `readStepsOf` does. */
export async function readSteps(directory: string, cellId: string): Promise<Step[]> {
  return (await readStepsOf(directory, [cellId])).get(cellId) ?? [];
}

/** The lines of an attempt that finished: started, steps, finished. */
export type FinishedAttempt = readonly Entry[];

/** Every line begins with its time and its cell. */
const HEAD = 160;
const cellOf = (line: Buffer): string | undefined => /"cell":"([^"]*)"/.exec(line.toString("latin1", 0, HEAD))?.[1];

/**
 * Reads the first finished attempt of some cells, with the sums per latent frame. Other lines are not parsed, and lines
 * that cannot be read are skipped, since nothing depends on finding them.
 *
 * @param file a journal; one that does not exist has no cells
 * @param wanted whether a cell is read
 * @param take called with each attempt
 */
export async function eachFinished(
  file: string,
  wanted: (cellId: string) => boolean,
  take: (cellId: string, attempt: FinishedAttempt) => void,
): Promise<void> {
  const reader = new LineReader();
  const open = new Map<string, Entry[]>();
  const done = new Set<string>();
  const each = (line: Buffer, _before: number, whole: boolean) => {
    const cellId = cellOf(line);
    if (!whole || cellId === undefined || done.has(cellId) || !wanted(cellId)) return true;
    const entry = tryRead(reader, line);
    if (entry === null) return true;
    const { event, runId } = entry;
    if (event === "started") open.set(cellId, [entry]);
    else if (event === "failed") open.delete(cellId);
    else {
      const attempt = open.get(cellId);
      if (attempt?.[0]?.runId !== runId) return true;
      attempt.push(entry);
      if (event !== "finished") return true;
      done.add(cellId);
      open.delete(cellId);
      take(cellId, attempt);
    }
    return true;
  };
  await eachLine(file, each).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
}

function tryRead(reader: LineReader, line: Buffer): Entry | null {
  try {
    return reader.readWhole(line);
  } catch {
    return null;
  }
}
