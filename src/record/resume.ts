import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { cellId, provisionalId, requestedGeneration, sameId } from "../experiment/identity.ts";
import type { Model, Provenance } from "../generated/l1probe/v1/probe.ts";
import { cellChanges, cellsIn, modelDifferences, otherCells, otherModel, type SomeCells } from "./differences.ts";
import { JOURNAL } from "./files.ts";
import { type Journal, openJournal, readJournal } from "./journal.ts";
import { lock } from "./lock.ts";
import { MANIFEST, type Manifest, provenanceFor, readManifest, writeManifest } from "./manifest.ts";
import { readCells } from "./read.ts";
import type { IdentifiedCell, SweepRecord } from "./record.ts";

/** A model as its server describes it. */
export interface ResolvedModel {
  /** The name that cells give it; null if they name no model. */
  readonly name: string | null;
  readonly model: Model;
  readonly provenance: Provenance;
}

/** The name of another resolved model whose cells have the same ids as those of `name`. */
function twin({ models, cells }: Manifest, name: string): string | undefined {
  const own = cells.filter(({ cell }) => cell.model === name);
  const resolved = cells.filter(({ cell }) => cell.model !== null && cell.model !== name && cell.model in models);
  return resolved.find((known) => own.some((cell) => sameId(cell.cellId, known.cellId)))?.cell.model ?? undefined;
}

/**
 * A manifest with one more model resolved; the cells that name it get their final ids.
 *
 * @throws ProbeError kind input if the same model was already resolved under another name
 */
export function withModel(
  manifest: Manifest,
  { name, model, provenance }: ResolvedModel & { readonly name: string },
): Manifest {
  const cells = manifest.cells.map((known) =>
    known.cell.model === name ? { ...known, cellId: cellId(known.cell, model) } : known,
  );
  const known = { ...manifest, models: { ...manifest.models, [name]: provenance }, cells };
  const other = twin(known, name);
  if (other === undefined) return known;
  throw new ProbeError(
    "input",
    `The models ${other} and ${name} of the experiment are the same (${model.fingerprint}), so their cells would ` +
      `be, too; remove one of them.`,
    { path: "model" },
  );
}

/** A sweep's directory, locked by this process. */
export interface OpenRecord {
  /** The record as it was when opened, with the current manifest. */
  readonly record: SweepRecord;
  readonly journal: Journal;
  /** What an extension changed, as a sentence; null if the record has the requested cells already. */
  readonly extension: string | null;
  /** Writes an extended manifest; nothing of an extension is on the disk before. */
  commit(): Promise<void>;
  /**
   * Records a server's description of a model, and commits; called before any of its cells runs.
   *
   * @throws ProbeError kind input if another model is recorded under that name
   */
  resolve(model: ResolvedModel): Promise<void>;
  /** Closes the journal and unlocks the directory. */
  close(): void;
}

/** A record with the cell ids of its current manifest. Only cells that have not run can change their id. */
function renamed(record: SweepRecord, manifest: Manifest): SweepRecord {
  const cells = record.cells.map((cell, i) => ({ ...cell, cellId: manifest.cells[i]?.cellId ?? cell.cellId }));
  return { ...record, manifest, cells };
}

/** @param recorded the manifest on the disk, if `manifest` extends it */
async function hold(
  directory: string,
  manifest: Manifest,
  release: () => void,
  recorded = manifest,
): Promise<OpenRecord> {
  const read = await readCells(directory, manifest);
  let { record } = read;
  let written = recorded;
  const journal = openJournal(directory, read.torn);
  const commit = async () => {
    if (written !== record.manifest) await writeManifest(directory, record.manifest);
    written = record.manifest;
  };
  return {
    get record() {
      return record;
    },
    journal,
    extension: recorded.extended === manifest.extended ? null : extensionNote(directory, recorded, manifest),
    commit,
    async resolve(model) {
      const { name } = model;
      const known = provenanceFor(record.manifest, name);
      const different = modelDifferences(known?.model, model.model);
      if (different.length > 0) throw otherModel(directory, different);
      if (known === undefined && name !== null)
        record = renamed(record, withModel(record.manifest, { ...model, name }));
      await commit();
    },
    close() {
      journal.close();
      release();
    },
  };
}

/** A manifest whose schedules are called what the experiment calls them now; the same one if they are. */
function withNames(manifest: Manifest, requested: SomeCells): Manifest {
  const now = new Map(requested.cells.map((cell) => [requestedGeneration(cell), cell.schedule_name]));
  const cells = manifest.cells.map((known) => {
    const { schedule_name: then, ...cell } = known.cell;
    const name = now.get(requestedGeneration(known.cell));
    return name === then ? known : { ...known, cell: name === undefined ? cell : { ...cell, schedule_name: name } };
  });
  return cells.every((cell, i) => cell === manifest.cells[i]) ? manifest : { ...manifest, cells };
}

/**
 * Opens a sweep's directory to resume it.
 *
 * @param requested the cells to run, in any order
 * @param extension the experiment of the requested cells, if it may replace the recorded one
 * @returns null if the directory has no sweep
 * @throws ProbeError kind input if it has other cells, with the differences, or if a sweep is running there
 */
export async function reopenRecord(
  directory: string,
  requested: SomeCells,
  extension?: Extension,
): Promise<OpenRecord | null> {
  if ((await readManifest(directory)) === null) return null;
  const release = lock(directory);
  try {
    const manifest = await readManifest(directory);
    if (manifest === null)
      throw new ProbeError("failed", `${join(directory, MANIFEST)} disappeared while it was being read.`);
    const changes = cellChanges(cellsIn(manifest), requested);
    if (changes.words.length === 0) return await hold(directory, withNames(manifest, requested), release, manifest);
    if (extension === undefined) throw otherCells(directory, changes);
    return await hold(directory, extended(manifest, extension), release, manifest);
  } catch (thrown) {
    release();
    throw thrown;
  }
}

/**
 * Creates a sweep's directory.
 *
 * @throws ProbeError kind input if it already has a sweep
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
        `Another sweep was started in ${directory} in the meantime; wait for it and run the same command again, or name another folder with --out.`,
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

/** An experiment that replaces that of a record, in part or as a whole. */
export type Extension = Pick<Manifest, "name" | "experiment" | "axes" | "command" | "repeats"> & {
  /** ISO 8601 */
  readonly time: string;
  readonly cells: readonly IdentifiedCell["cell"][];
};

/** The known id of each cell, and one for each new cell: provisional until its model is resolved. */
function identified(recorded: Manifest, cells: Extension["cells"]): IdentifiedCell[] {
  const known = new Map(
    [...recorded.cells, ...(recorded.former ?? [])].map(({ cell, cellId }) => [requestedGeneration(cell), cellId]),
  );
  return cells.map((cell) => {
    const model = provenanceFor(recorded, cell.model)?.model;
    const fresh = () => (model === undefined ? provisionalId(cell) : cellId(cell, model));
    return { cellId: known.get(requestedGeneration(cell)) ?? fresh(), cell };
  });
}

/**
 * The manifest of a record with another experiment: cells that both have keep their ids, and so their rows. Cells that
 * only the recorded experiment has become former cells: their rows stay in the journal, and return with an experiment
 * that has them again.
 *
 * @throws ProbeError kind input if one experiment names models and the other does not
 */
export function extended(recorded: Manifest, { time, cells, repeats, ...experiment }: Extension): Manifest {
  const names = (some: Extension["cells"]) => some.some(({ model }) => model !== null);
  if (names(cells) !== names(cellsIn(recorded).cells)) {
    const which = names(cells)
      ? "names models and that of the folder does not"
      : "names no model and that of the folder does";
    throw new ProbeError(
      "input",
      `This experiment ${which}, so they cannot share a folder; name another with --out, and the cells to keep with ` +
        `--reuse.`,
      { path: "extend" },
    );
  }
  const now = identified(recorded, cells);
  const ids = new Set(now.map(({ cellId }) => cellId));
  const former = [...(recorded.former ?? []), ...recorded.cells].filter(({ cellId }) => !ids.has(cellId));
  const { repeats: _, former: __, ...kept } = recorded;
  const earlier = { time, name: recorded.name, experiment: recorded.experiment, command: recorded.command };
  return {
    ...kept,
    ...experiment,
    cells: now,
    ...(repeats === undefined || repeats.length === 0 ? {} : { repeats }),
    ...(former.length === 0 ? {} : { former }),
    extended: [...(recorded.extended ?? []), earlier],
  };
}

/** What an extension did, as a sentence for people. */
function extensionNote(directory: string, recorded: Manifest, manifest: Manifest): string {
  const { words, shared, added } = cellChanges(cellsIn(recorded), cellsIn(manifest));
  const former = manifest.former?.length ?? 0;
  const left =
    former === 0
      ? ""
      : `; ${former} earlier ${former === 1 ? "cell stays" : "cells stay"} in the journal and out of tables and figures`;
  return `${directory} is extended (${words.join("; ")}): ${shared} of ${shared + added} cells were there${left}.`;
}
