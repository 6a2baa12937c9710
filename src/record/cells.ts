import { ProbeError } from "../errors.ts";
import type { Started } from "../generated/l1probe/v1/probe.ts";
import type { ReadEntry } from "./entry.ts";
import type { Evaluation } from "./evaluation.ts";
import { artifactPath } from "./files.ts";
import type { CellRecord, IdentifiedCell, Manifest } from "./record.ts";

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
