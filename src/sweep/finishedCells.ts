import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ProbeError } from "../errors.ts";
import { canonicalJson, sameId } from "../experiment/identity.ts";
import { ArtifactKind, Provenance } from "../generated/l1probe/v1/probe.ts";
import { artifactPath, JOURNAL } from "../record/files.ts";
import type { EventBody, Journal } from "../record/journal.ts";
import { type Manifest, provenanceFor, readManifest } from "../record/manifest.ts";
import { eachFinished, type FinishedAttempt } from "../record/read.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** What a sweep wants of a cell that another one finished. */
export interface Wanted {
  /** Of the server that would run it. */
  readonly provenance: Provenance;
  readonly keep: readonly ArtifactKind[];
  readonly frameSums: boolean;
  /** Whether only cells that shared no batch will do. */
  readonly alone: boolean;
}

/** A finished cell of another record. */
export interface Found {
  readonly attempt: FinishedAttempt;
  /** The folder of the record that made it. */
  readonly from: string;
  /** The folder with its artifacts; null if they are not there. */
  readonly artifacts: string | null;
}

/** Versions that change no number. */
const UNRELATED = new Set(["python", "grpcio"]);

/** The versions that must agree. */
function versionsOf({ versions }: Provenance): Record<string, string> {
  return Object.fromEntries(Object.entries(versions).filter(([name]) => !UNRELATED.has(name)));
}

/** Everything about a server but its model that can change a number, as text: device, versions, settings. */
export function executionKey(provenance: Provenance): string {
  const { memoryBytes: _memory, ...device } = provenance.device ?? { memoryBytes: 0n };
  const { model: _model, ...rest } = Provenance.toJSON(provenance) as Record<string, unknown>;
  return canonicalJson({ ...rest, device, versions: versionsOf(provenance) });
}

function bodyOf<Name extends EventBody["event"]>(attempt: FinishedAttempt, name: Name) {
  const entry = attempt.find(({ event }) => event === name);
  return entry?.body as Extract<EventBody, { event: Name }>["body"] | undefined;
}

/** The first step with a non-finite value; null if all are finite. */
export function firstNonFiniteOf(attempt: FinishedAttempt): number | null {
  for (const { event, body } of attempt) {
    if (event === "step" && body.signals.some(({ whole }) => (whole?.nonFinite ?? 0n) > 0n)) return body.step;
  }
  return null;
}

/** Why a finished cell cannot be taken; null if it can. */
export function misfitOf({ cell }: IdentifiedCell, { attempt, artifacts }: Found, wanted: Wanted): string | null {
  const started = bodyOf(attempt, "started");
  const saved = bodyOf(attempt, "finished")?.artifacts ?? [];
  const steps = attempt.flatMap((entry) => (entry.event === "step" ? [entry.body] : []));
  if (wanted.keep.some((kind) => artifacts === null || !saved.some((artifact) => artifact.kind === kind)))
    return "it lacks an artifact that is to be saved";
  if (wanted.keep.includes(ArtifactKind.ARTIFACT_KIND_STATES)) return "its states may be of other steps";
  if (
    wanted.frameSums &&
    cell.frames > 1 &&
    !steps.some(({ signals }) => signals.some(({ frames }) => frames.length > 0))
  )
    return "it lacks sums per latent frame";
  if (wanted.alone && steps.some(({ batchSize, shared }) => shared || batchSize > (started?.rows ?? 0)))
    return "it shared a batch, and this sweep runs one cell at a time";
  return null;
}

/** How the versions of two servers differ: `torch 2.9.0, not 2.10.0`. */
export function versionDifferences(then: Provenance | undefined, now: Provenance): string[] {
  if (then === undefined) return ["unknown versions"];
  const [before, after] = [versionsOf(then), versionsOf(now)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name] ?? "none"}, not ${after[name] ?? "none"}`);
}

/** Records whose finished cells may be taken, each with its manifest. */
export type ReusableRecord = { readonly directory: string; readonly manifest: Manifest };

/** @throws ProbeError kind input if a folder has no record */
export async function openReusable(directories: readonly string[]): Promise<ReusableRecord[]> {
  return Promise.all(
    directories.map(async (directory) => {
      const manifest = await readManifest(directory);
      if (manifest !== null) return { directory, manifest };
      throw new ProbeError("input", `--reuse ${directory} holds no manifest.json; name the folder of a sweep.`, {
        path: "reuse",
      });
    }),
  );
}

/**
 * Finds finished cells in a record whose model and versions agree with the server's.
 *
 * @returns cells that can be taken by id, and sentences on those that cannot
 */
export async function findInRecord(
  { directory, manifest }: ReusableRecord,
  cells: readonly IdentifiedCell[],
  wanted: Wanted,
): Promise<{ readonly found: ReadonlyMap<string, Found>; readonly notes: readonly string[] }> {
  const found = new Map<string, Found>();
  const refused = new Map<string, number>();
  const recorded = [...manifest.cells, ...(manifest.former ?? [])];
  const match = (cellId: string) => cells.find((cell) => sameId(cell.cellId, cellId));
  await eachFinished(
    join(directory, JOURNAL),
    (cellId) => match(cellId) !== undefined,
    (cellId, attempt) => {
      const identified = match(cellId);
      if (identified === undefined) return;
      const then =
        bodyOf(attempt, "started")?.provenance ??
        provenanceFor(manifest, recorded.find((cell) => cell.cellId === cellId)?.cell.model ?? null);
      const one = {
        attempt,
        from: attempt[0]?.from ?? resolve(directory),
        artifacts: join(directory, "artifacts", cellId),
      };
      const different = versionDifferences(then, wanted.provenance);
      const why = different.length > 0 ? `its server had ${different.join("; ")}` : misfitOf(identified, one, wanted);
      if (why === null) found.set(identified.cellId, one);
      else refused.set(why, (refused.get(why) ?? 0) + 1);
    },
  );
  const notes = [...refused].map(
    ([why, count]) => `${count} ${count === 1 ? "cell" : "cells"} of ${directory} cannot be reused: ${why}.`,
  );
  return { found, notes };
}

/**
 * Appends a finished cell of another record to a journal, and copies the requested artifacts. Its lines keep their
 * times and say which record made them.
 */
export async function takeCell(
  { cellId }: IdentifiedCell,
  { attempt, from, artifacts: source }: Found,
  { keep, frameSums }: Wanted,
  target: { readonly directory: string; readonly journal: Journal },
): Promise<void> {
  const saved = (bodyOf(attempt, "finished")?.artifacts ?? []).filter(
    ({ kind }) => source !== null && keep.includes(kind),
  );
  for (const { fileName } of saved) {
    const file = join(target.directory, artifactPath(cellId, fileName));
    await mkdir(dirname(file), { recursive: true });
    await copyFile(join(source ?? "", fileName), file);
  }
  const whole = <T extends { frames: unknown[] }>(sums: readonly T[]) => sums.map((one) => ({ ...one, frames: [] }));
  for (const entry of attempt) {
    if (entry.event === "finished")
      target.journal.append({ ...entry, cellId, body: { ...entry.body, artifacts: saved } });
    else if (entry.event === "step" && !frameSums) {
      const { signals, differences } = entry.body;
      const body = { ...entry.body, signals: whole(signals), differences: whole(differences) };
      target.journal.append({ ...entry, cellId, body });
    } else target.journal.append({ ...entry, cellId, ...(entry.event === "started" ? { from } : {}) });
  }
}
