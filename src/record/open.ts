import { mkdir } from "node:fs/promises";
import { ProbeError } from "../errors.ts";
import { cellDifferences, cellsIn, differences, type SomeCells } from "./difference.ts";
import { JOURNAL, MANIFEST, readManifest, writeManifest } from "./files.ts";
import { type Journal, openJournal, readJournal } from "./journal.ts";
import { lock } from "./lock.ts";
import { assemble } from "./readRecord.ts";
import type { Manifest, SweepRecord } from "./record.ts";

/** A sweep's directory, held by this process. */
export interface OpenRecord {
  /** What was there when it was opened. */
  readonly record: SweepRecord;
  readonly journal: Journal;
  /** Closes the journal and lets the directory go. */
  close(): void;
}

function refuseDifferences(directory: string, different: readonly string[]): void {
  if (different.length === 0) return;
  throw new ProbeError(
    "input",
    `${directory} holds another sweep: ${different.join("; ")}. Name another folder with --out, or delete this one.`,
  );
}

/**
 * Refuses a directory that holds other cells, before it is known which model would run.
 *
 * @throws ProbeError kind input, with what differs
 */
export async function refuseOtherCells(directory: string, asked: SomeCells): Promise<void> {
  const recorded = await readManifest(directory);
  if (recorded !== null) refuseDifferences(directory, cellDifferences(cellsIn(recorded), asked));
}

async function settle(directory: string, asked: Manifest): Promise<Manifest> {
  const recorded = await readManifest(directory);
  if (recorded === null) {
    const { entries } = await readJournal(directory);
    if (entries.length > 0) {
      throw new ProbeError(
        "input",
        `${directory} holds a ${JOURNAL} and no ${MANIFEST}; name another folder with --out, or restore the manifest.`,
      );
    }
    await writeManifest(directory, asked);
    return asked;
  }
  refuseDifferences(directory, differences(recorded, asked));
  return recorded;
}

/**
 * Begins a sweep's directory, or goes on with one that holds the same cells of the same model.
 *
 * @param asked written where there is no manifest; else the recorded one stays
 * @throws ProbeError kind input where another sweep is recorded there, with what differs, or runs there now
 */
export async function openRecord(directory: string, asked: Manifest): Promise<OpenRecord> {
  await mkdir(directory, { recursive: true });
  const release = lock(directory);
  try {
    const manifest = await settle(directory, asked);
    const read = await readJournal(directory);
    const record = assemble(directory, manifest, read);
    const journal = openJournal(directory, read.torn);
    return {
      record,
      journal,
      close() {
        journal.close();
        release();
      },
    };
  } catch (thrown) {
    release();
    throw thrown;
  }
}
