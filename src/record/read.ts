import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Started, Step } from "../generated/l1probe/v1/probe.ts";
import type { Evaluation } from "./evaluations.ts";
import { artifactPath, JOURNAL } from "./files.ts";
import { LineReader, type ReadEntry, readJournal, type Torn } from "./journal.ts";
import { eachLine } from "./lines.ts";
import { MANIFEST, type Manifest, readManifest } from "./manifest.ts";
import type { CellRecord, IdentifiedCell, SweepRecord } from "./record.ts";

/** What a journal has told of a cell so far. */
interface Tally {
  attempt: { readonly runId: string; readonly started: Started; readonly steps: Evaluation[] } | null;
  record: CellRecord;
}

function unknown(identified: IdentifiedCell): CellRecord {
  return { ...identified, status: "missing", started: null, steps: [], finished: null, failed: null, artifacts: [] };
}

function take(tally: Tally, entry: ReadEntry): void {
  const { attempt, record } = tally;
  // The first attempt that finished is the cell; nothing that came later may change its rows.
  if (record.status === "finished") return;
  if (entry.event === "started") {
    tally.attempt = { runId: entry.runId, started: entry.body, steps: [] };
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
  const { started, steps } = attempt;
  tally.record = { ...record, status: "finished", started, steps, finished: entry.body, failed: null, artifacts };
}

/**
 * What a journal comes to, entry after entry. An attempt begins with its started line, so two attempts whose servers gave
 * them one run id stay apart.
 */
export class CellsOf {
  private readonly tallies: ReadonlyMap<string, Tally>;
  private readonly name: string;

  /** @param name of the journal, for refusals */
  constructor(manifest: Manifest, name: string) {
    this.name = name;
    this.tallies = new Map(
      manifest.cells.map((cell): [string, Tally] => [cell.cellId, { attempt: null, record: unknown(cell) }]),
    );
  }

  /** @throws ProbeError kind input, with the line's number, where the entry does not make sense after those before it */
  take(entry: ReadEntry, line: number): void {
    const tally = this.tallies.get(entry.cellId);
    try {
      if (tally === undefined) throw new Error(`cell ${entry.cellId} is not in the manifest`);
      take(tally, entry);
    } catch (thrown) {
      const { message } = ProbeError.from(thrown);
      throw new ProbeError("input", `${this.name}:${line} does not fit what is before it: ${message}.`, {
        cause: thrown,
      });
    }
  }

  /** The cells as they are known by now, in the manifest's order. */
  get cells(): CellRecord[] {
    return [...this.tallies.values()].map(({ record }) => record);
  }
}

/**
 * Reads the cells of a manifest from the journal beside it.
 *
 * @param hear hears every entry, too, in order
 * @throws ProbeError kind input where the journal cannot be read, or tells of other cells
 */
export async function readCells(
  directory: string,
  manifest: Manifest,
  hear?: (entry: ReadEntry) => void,
): Promise<{ readonly record: SweepRecord; readonly torn: Torn | null }> {
  const name = join(directory, JOURNAL);
  const known = new CellsOf(manifest, name);
  const torn = await readJournal(directory, (entry, line) => {
    known.take(entry, line);
    hear?.(entry);
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
 * @throws ProbeError kind input where it holds no sweep, or one that cannot be read
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

/**
 * Reads the steps of one cell with their sums by latent frame, which a record in memory leaves out.
 *
 * @param cellId as in the manifest
 * @returns the evaluations of the attempt that the record uses, in order; sums by latent frame are empty for a single
 * latent frame, or if they were not requested
 * @throws ProbeError kind input if the cell has not finished there
 */
export async function readSteps(directory: string, cellId: string): Promise<Step[]> {
  const file = join(directory, JOURNAL);
  const mark = `"cell":${JSON.stringify(cellId)}`;
  const reader = new LineReader();
  let steps: Step[] = [];
  let finished = false;
  await eachLine(file, (line, _before, whole) => {
    if (!whole || !line.includes(mark)) return true;
    const entry = reader.readWhole(line);
    if (entry.cellId !== cellId) return true;
    if (entry.event === "step") steps.push(entry.body);
    else if (entry.event === "finished") finished = true;
    else steps = [];
    // Later attempts change nothing.
    return !finished;
  });
  if (!finished) throw new ProbeError("input", `Cell ${cellId} has not finished in ${file}; name one that has.`);
  return steps;
}
