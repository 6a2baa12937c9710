import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { cellsOf } from "./cells.ts";
import { JOURNAL, MANIFEST, readManifest } from "./files.ts";
import { type ReadJournal, readJournal } from "./journal.ts";
import type { Manifest, SweepRecord } from "./record.ts";

/** A record from its two files. */
export function assemble(directory: string, manifest: Manifest, journal: ReadJournal): SweepRecord {
  const name = join(directory, JOURNAL);
  const warnings =
    journal.torn === null
      ? []
      : [
          `${name}:${journal.torn.line} is torn, as after a crash, and was left out; the same sweep again makes it anew.`,
        ];
  return { manifest, cells: cellsOf(manifest, journal, name), warnings };
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
  return assemble(directory, manifest, await readJournal(directory));
}
