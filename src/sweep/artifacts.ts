import { ProbeError } from "../errors.ts";
import { cellLabel } from "../experiment/cell.ts";
import type { Expansion } from "../experiment/expand.ts";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";

/** The artifacts that a sweep can save, by the names that people use. */
export const ARTIFACTS = {
  video: ArtifactKind.ARTIFACT_KIND_VIDEO,
  latents: ArtifactKind.ARTIFACT_KIND_LATENTS,
  trace: ArtifactKind.ARTIFACT_KIND_TRACE,
  states: ArtifactKind.ARTIFACT_KIND_STATES,
  frames: ArtifactKind.ARTIFACT_KIND_FRAMES,
} as const;

/** Notes on finished cells without an artifact that is now requested; they do not run again for it. */
export function missingArtifactNotes({ cells }: SweepRecord, keep: readonly ArtifactKind[]): string[] {
  const made = cells.filter(
    ({ status, artifacts }) =>
      status === "finished" && artifacts.some(({ artifact }) => artifact.kind === ARTIFACTS.states),
  );
  const old =
    keep.includes(ARTIFACTS.states) && made.length > 0
      ? [`${made.length} finished cells have the states that their own run kept; use another folder for others.`]
      : [];
  const missing = Object.entries(ARTIFACTS).flatMap(([name, kind]) => {
    const lacking = cells.filter(
      ({ status, artifacts }) => status === "finished" && !artifacts.some(({ artifact }) => artifact.kind === kind),
    );
    if (!keep.includes(kind) || lacking.length === 0) return [];
    return [`${lacking.length} finished cells have no ${name} and do not run again; use another folder to get it.`];
  });
  return [...missing, ...old];
}

/**
 * Checks at which steps states are to be saved.
 *
 * @throws ProbeError kind input unless they are rising whole numbers from 1 to each cell's steps, and given if and only
 * if states are kept
 */
export function checkStatesAt(
  { cells, axes }: Expansion,
  keep: readonly ArtifactKind[],
  statesAt: readonly number[] = [],
): void {
  const refuse = (message: string) => new ProbeError("input", message, { path: "statesAt" });
  if (keep.includes(ARTIFACTS.states) !== statesAt.length > 0) {
    throw refuse(
      statesAt.length > 0
        ? `states-at is ${statesAt.join(",")}, but no states are kept; add --keep states.`
        : "states-at is missing; name the numbers of steps after which states are kept, for example --states-at 12,24.",
    );
  }
  const wrong = statesAt.find((step, i) => !Number.isSafeInteger(step) || step <= (statesAt[i - 1] ?? 0));
  if (wrong !== undefined) {
    throw refuse(`states-at has ${wrong} in ${statesAt.join(",")}; it must be rising whole numbers of steps from 1.`);
  }
  const last = statesAt.at(-1) ?? 0;
  const short = cells.find(({ steps }) => steps < last);
  if (short === undefined) return;
  throw refuse(`states-at has ${last}, but ${cellLabel(short, axes)} has ${short.steps} steps; name at most those.`);
}
