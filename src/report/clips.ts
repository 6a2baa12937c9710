import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";
import type { Clip } from "./page/clips.ts";

/** Together no more than this many bytes of video travel inside a report, so that it can still be mailed. */
const budget = 24 * 1024 * 1024;

/**
 * The videos that a sweep kept, in the record's order: as data: URIs while they fit, then as paths beside the report.
 */
export async function readClips(dir: string, record: SweepRecord): Promise<Clip[]> {
  const clips: Clip[] = [];
  let used = 0;
  for (const { cellId, artifacts } of record.cells) {
    for (const { artifact, path } of artifacts) {
      if (artifact.kind !== ArtifactKind.ARTIFACT_KIND_VIDEO) continue;
      const inside = used + Number(artifact.size) <= budget;
      if (inside) {
        const bytes = await readFile(join(dir, path));
        used += bytes.length;
        clips.push({ cellId, source: `data:video/mp4;base64,${bytes.toString("base64")}`, inside });
      } else {
        clips.push({ cellId, source: encodeURI(path), inside });
      }
    }
  }
  return clips;
}
