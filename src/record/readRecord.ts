import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { CellsOf } from "./cells.ts";
import type { ReadEntry } from "./entry.ts";
import { JOURNAL, MANIFEST, readManifest } from "./files.ts";
import { readJournal, type Torn } from "./journal.ts";
import type { Manifest, SweepRecord } from "./record.ts";

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
      : [`${name}:${torn.line} is torn, as after a crash, and was left out; the same sweep again makes it anew.`];
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
