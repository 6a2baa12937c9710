import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";

/** The artifacts that a sweep can save, by the names that people use. */
export const ARTIFACTS = {
  video: ArtifactKind.ARTIFACT_KIND_VIDEO,
  latents: ArtifactKind.ARTIFACT_KIND_LATENTS,
  trace: ArtifactKind.ARTIFACT_KIND_TRACE,
  frames: ArtifactKind.ARTIFACT_KIND_FRAMES,
} as const;

/** Notes on finished cells without an artifact that is now requested; they do not run again for it. */
export function missingArtifactNotes({ cells }: SweepRecord, keep: readonly ArtifactKind[]): string[] {
  return Object.entries(ARTIFACTS).flatMap(([name, kind]) => {
    const lacking = cells.filter(
      ({ status, artifacts }) => status === "finished" && !artifacts.some(({ artifact }) => artifact.kind === kind),
    );
    if (!keep.includes(kind) || lacking.length === 0) return [];
    return [`${lacking.length} finished cells have no ${name} and do not run again; use another folder to get it.`];
  });
}
