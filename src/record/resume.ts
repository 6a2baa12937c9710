import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { cellId, requestedGeneration, sameId } from "../experiment/identity.ts";
import type { Model, Provenance } from "../generated/l1probe/v1/probe.ts";
import { cellChanges, cellsIn, modelDifferences, otherCells, otherModel, type SomeCells } from "./differences.ts";
import { type Extension, extended, extensionNote } from "./extend.ts";
import { JOURNAL } from "./files.ts";
import { type Journal, openJournal, readJournal } from "./journal.ts";
import { lock } from "./lock.ts";
import { MANIFEST, type Manifest, provenanceFor, readManifest, writeManifest } from "./manifest.ts";
import { readCells } from "./read.ts";
import type { SweepRecord } from "./record.ts";

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
