import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { cellDifferences, cellsIn, modelDifferences, type SomeCells } from "./difference.ts";
import { JOURNAL, MANIFEST, readManifest, writeManifest } from "./files.ts";
import { type Journal, openJournal, readJournal } from "./journal.ts";
import { lock } from "./lock.ts";
import { provenanceFor } from "./manifest.ts";
import { type MetModel, met } from "./met.ts";
import { readCells } from "./readRecord.ts";
import type { Manifest, SweepRecord } from "./record.ts";

/** A sweep's directory, held by this process. */
export interface OpenRecord {
  /** What was there when it was opened, with the manifest as it is now. */
  readonly record: SweepRecord;
  readonly journal: Journal;
  /**
   * Takes in what a server says of a model, before any of its cells runs.
   *
   * @throws ProbeError kind input where the cells of another model are recorded under that name
   */
  meet(model: MetModel): Promise<void>;
  /** Closes the journal and lets the directory go. */
  close(): void;
}

/** The refusal of a directory that holds something else than is asked for. */
export function otherSweep(directory: string, why: string): ProbeError {
  return new ProbeError(
    "input",
    `${directory} holds another sweep: ${why}. Name another folder with --out, or delete this one.`,
  );
}

/** A record whose cells have the ids that its manifest gives them now; those that changed had not run. */
function renamed(record: SweepRecord, manifest: Manifest): SweepRecord {
  const cells = record.cells.map((cell, i) => ({ ...cell, cellId: manifest.cells[i]?.cellId ?? cell.cellId }));
  return { ...record, manifest, cells };
}

async function hold(directory: string, manifest: Manifest, release: () => void): Promise<OpenRecord> {
  const read = await readCells(directory, manifest);
  let { record } = read;
  const journal = openJournal(directory, read.torn);
  return {
    get record() {
      return record;
    },
    journal,
    async meet(model) {
      const { name } = model;
      const recorded = provenanceFor(record.manifest, name);
      const different = modelDifferences(recorded?.model, model.model);
      if (different.length > 0) throw otherSweep(directory, different.join("; "));
      if (recorded !== undefined || name === null) return;
      const known = met(record.manifest, { ...model, name });
      await writeManifest(directory, known);
      record = renamed(record, known);
    },
    close() {
      journal.close();
      release();
    },
  };
}

/**
 * Goes on with a sweep's directory.
 *
 * @param asked the cells that are asked for; their order is no difference
 * @returns null where no sweep was begun there
 * @throws ProbeError kind input where it holds other cells, with what differs, or a sweep runs there now
 */
export async function reopenRecord(directory: string, asked: SomeCells): Promise<OpenRecord | null> {
  if ((await readManifest(directory)) === null) return null;
  const release = lock(directory);
  try {
    const manifest = await readManifest(directory);
    if (manifest === null) throw new ProbeError("failed", `${join(directory, MANIFEST)} went away while it was read.`);
    const different = cellDifferences(cellsIn(manifest), asked);
    if (different.length > 0) throw otherSweep(directory, different.join("; "));
    return await hold(directory, manifest, release);
  } catch (thrown) {
    release();
    throw thrown;
  }
}

/**
 * Begins a sweep's directory.
 *
 * @throws ProbeError kind input where it holds a sweep already
 */
export async function beginRecord(directory: string, manifest: Manifest): Promise<OpenRecord> {
  await mkdir(directory, { recursive: true });
  const release = lock(directory);
  try {
    let entries = 0;
    await readJournal(directory, () => {
      entries += 1;
    });
    if ((await readManifest(directory)) !== null) {
      throw new ProbeError(
        "input",
        `Another sweep has begun in ${directory} meanwhile; wait for it and run the same command again, or name another folder with --out.`,
      );
    }
    if (entries > 0) {
      throw new ProbeError(
        "input",
        `${directory} holds a ${JOURNAL} and no ${MANIFEST}; name another folder with --out, or restore the manifest.`,
      );
    }
    await writeManifest(directory, manifest);
    return await hold(directory, manifest, release);
  } catch (thrown) {
    release();
    throw thrown;
  }
}
