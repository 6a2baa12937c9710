import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { type Axis, type Cell, cellLabel } from "../experiment/cell.ts";
import { cellId, modelIdentity, requestedGeneration, sameId } from "../experiment/identity.ts";
import type { Model, Provenance } from "../generated/l1probe/v1/probe.ts";
import { JOURNAL } from "./files.ts";
import { type Journal, openJournal, readJournal } from "./journal.ts";
import { lock } from "./lock.ts";
import { MANIFEST, type Manifest, provenanceFor, readManifest, writeManifest } from "./manifest.ts";
import { readCells } from "./read.ts";
import type { SweepRecord } from "./record.ts";

/** Lists the result-affecting properties in which a server's model differs from the recorded model. */
export function modelDifferences(recorded: Model | undefined, served: Model | undefined): string[] {
  if (recorded === undefined || served === undefined) return [];
  const now = modelIdentity(served);
  return Object.entries(modelIdentity(recorded))
    .filter(([key, value]) => now[key] !== value)
    .map(([key, value]) => `its model ${recorded.id} has ${key} ${value}, the server's ${served.id} has ${now[key]}`);
}

/** Cells with the axes on which they differ: those of a manifest, or of an expanded experiment. */
export interface SomeCells {
  readonly axes: readonly string[];
  readonly cells: readonly Cell[];
}

function missingFrom(some: SomeCells, others: SomeCells, what: string): string[] {
  const known = new Set(others.cells.map(requestedGeneration));
  const [example, ...more] = some.cells.filter((cell) => !known.has(requestedGeneration(cell)));
  if (example === undefined) return [];
  const label = cellLabel(example, some.axes as readonly Axis[]);
  return [`${more.length + 1} of ${some.cells.length} cells are ${what}, for example ${label}`];
}

type ContentOf = (cell: Cell) => [name: string | null, sha256: string | null];

/** Lists files of one kind whose content has changed since, each once. */
function changed(recorded: SomeCells, requested: SomeCells, what: string, contentOf: ContentOf): string[] {
  const now = new Map(requested.cells.map(contentOf));
  const then = new Map(recorded.cells.map(contentOf));
  return [...then].flatMap(([name, sha256]) => {
    const other = now.get(name);
    if (name === null || sha256 === null || !other || other === sha256) return [];
    return [`the ${what} ${name} has changed since (sha256 ${sha256.slice(0, 12)}… then, ${other.slice(0, 12)}… now)`];
  });
}

/** Lists how the recorded cells differ from the requested ones. Order does not matter. */
export function cellDifferences(recorded: SomeCells, requested: SomeCells): string[] {
  return [
    ...changed(recorded, requested, "picture", ({ image, image_sha256 }) => [image, image_sha256]),
    ...changed(recorded, requested, "start", ({ init, start }) => [init, start?.sha256 ?? null]),
    ...missingFrom(recorded, requested, "recorded there and not in this experiment"),
    ...missingFrom(requested, recorded, "in this experiment and not recorded there"),
  ];
}

/** The cells of a manifest. */
export function cellsIn({ axes, cells }: Manifest): SomeCells {
  return { axes, cells: cells.map(({ cell }) => cell) };
}

/**
 * Lists what prevents a sweep from resuming in a directory: another model, or other cells. Comments and the experiment's
 * name do not matter.
 */
export function differences(recorded: Manifest, requested: Manifest): string[] {
  const named = new Set(recorded.cells.map(({ cell }) => cell.model));
  return [
    ...[...named].flatMap((name) =>
      modelDifferences(provenanceFor(recorded, name)?.model, provenanceFor(requested, name)?.model),
    ),
    ...cellDifferences(cellsIn(recorded), cellsIn(requested)),
  ];
}

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
  /**
   * Records a server's description of a model; called before any of its cells runs.
   *
   * @throws ProbeError kind input if another model is recorded under that name
   */
  resolve(model: ResolvedModel): Promise<void>;
  /** Closes the journal and unlocks the directory. */
  close(): void;
}

/** The error for a directory with another sweep. */
export function otherSweep(directory: string, why: string): ProbeError {
  return new ProbeError(
    "input",
    `${directory} holds another sweep: ${why}. Name another folder with --out, or delete this one.`,
  );
}

/** A record with the cell ids of its current manifest. Only cells that have not run can change their id. */
function renamed(record: SweepRecord, manifest: Manifest): SweepRecord {
  const cells = record.cells.map((cell, i) => ({ ...cell, cellId: manifest.cells[i]?.cellId ?? cell.cellId }));
  return { ...record, manifest, cells };
}

async function hold(directory: string, manifest: Manifest, release: () => void): Promise<OpenRecord> {
  const read = await readCells(directory, manifest);
  let { record } = read;
  const journal = openJournal(directory, read.torn);
  return {
    get record() {
      return record;
    },
    journal,
    async resolve(model) {
      const { name } = model;
      const recorded = provenanceFor(record.manifest, name);
      const different = modelDifferences(recorded?.model, model.model);
      if (different.length > 0) throw otherSweep(directory, different.join("; "));
      if (recorded !== undefined || name === null) return;
      const known = withModel(record.manifest, { ...model, name });
      await writeManifest(directory, known);
      record = renamed(record, known);
    },
    close() {
      journal.close();
      release();
    },
  };
}

/**
 * Opens a sweep's directory to resume it.
 *
 * @param requested the cells to run, in any order
 * @returns null if the directory has no sweep
 * @throws ProbeError kind input if it has other cells, with the differences, or if a sweep is running there
 */
export async function reopenRecord(directory: string, requested: SomeCells): Promise<OpenRecord | null> {
  if ((await readManifest(directory)) === null) return null;
  const release = lock(directory);
  try {
    const manifest = await readManifest(directory);
    if (manifest === null)
      throw new ProbeError("failed", `${join(directory, MANIFEST)} disappeared while it was being read.`);
    const different = cellDifferences(cellsIn(manifest), requested);
    if (different.length > 0) throw otherSweep(directory, different.join("; "));
    return await hold(directory, manifest, release);
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
