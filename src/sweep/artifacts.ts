import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";

/** What a sweep can keep, as people name it. */
export const ARTIFACTS = {
  video: ArtifactKind.ARTIFACT_KIND_VIDEO,
  latents: ArtifactKind.ARTIFACT_KIND_LATENTS,
  trace: ArtifactKind.ARTIFACT_KIND_TRACE,
} as const;

/** Notes on finished cells that lack a file which is asked for now: they do not run again for it. */
export function missingArtifactNotes({ cells }: SweepRecord, keep: readonly ArtifactKind[]): string[] {
  return Object.entries(ARTIFACTS).flatMap(([name, kind]) => {
    const lacking = cells.filter(
      ({ status, artifacts }) => status === "finished" && !artifacts.some(({ artifact }) => artifact.kind === kind),
    );
    if (!keep.includes(kind) || lacking.length === 0) return [];
    return [
      `${lacking.length} cells finished before without ${name} and do not run again; use another folder to have it.`,
    ];
  });
}
