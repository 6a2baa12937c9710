import { cellsIn } from "../../src/record/differences.ts";
import { provenanceFor } from "../../src/record/manifest.ts";
import type { Manifest } from "../../src/record/record.ts";
import { beginRecord, type OpenRecord, reopenRecord } from "../../src/record/resume.ts";

/** Creates or reopens a sweep's directory, like a sweep whose models are all resolved. */
export async function openRecord(directory: string, asked: Manifest): Promise<OpenRecord> {
  const opened = (await reopenRecord(directory, cellsIn(asked))) ?? (await beginRecord(directory, asked));
  try {
    for (const name of new Set(asked.cells.map(({ cell }) => cell.model))) {
      const provenance = provenanceFor(asked, name);
      const model = provenance?.model;
      if (provenance !== undefined && model !== undefined) await opened.resolve({ name, model, provenance });
    }
    return opened;
  } catch (thrown) {
    opened.close();
    throw thrown;
  }
}
