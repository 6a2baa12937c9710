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

/** What of a model that decides about a cell's numbers is another one's. */
export function modelDifferences(recorded: Model | undefined, asked: Model | undefined): string[] {
  if (recorded === undefined || asked === undefined) return [];
  const now = modelIdentity(asked);
  return Object.entries(modelIdentity(recorded))
    .filter(([key, value]) => now[key] !== value)
    .map(([key, value]) => `its model ${recorded.id} has ${key} ${value}, the server's ${asked.id} has ${now[key]}`);
}

/** Cells with the axes that tell them apart: a manifest, or what an experiment expands to. */
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

/** Pictures that have changed behind their paths, each told once. */
function changedImages(recorded: SomeCells, asked: SomeCells): string[] {
  const now = new Map(asked.cells.map(({ image, image_sha256 }) => [image, image_sha256]));
  const then = new Map(recorded.cells.map(({ image, image_sha256 }) => [image, image_sha256]));
  return [...then].flatMap(([image, sha256]) => {
    const other = now.get(image);
    if (image === null || sha256 === null || !other || other === sha256) return [];
    return [`the picture ${image} has changed since (sha256 ${sha256.slice(0, 12)}… then, ${other.slice(0, 12)}… now)`];
  });
}

/** How the cells of a recorded sweep differ from those that are asked for; their order is no difference. */
export function cellDifferences(recorded: SomeCells, asked: SomeCells): string[] {
  return [
    ...changedImages(recorded, asked),
    ...missingFrom(recorded, asked, "recorded there and not in this experiment"),
    ...missingFrom(asked, recorded, "in this experiment and not recorded there"),
  ];
}

/** The cells of a manifest. */
export function cellsIn({ axes, cells }: Manifest): SomeCells {
  return { axes, cells: cells.map(({ cell }) => cell) };
}

/**
 * What keeps a sweep from going on in a directory: another model, or other cells. Comments and the experiment's name
 * are no difference.
 */
export function differences(recorded: Manifest, asked: Manifest): string[] {
  const named = new Set(recorded.cells.map(({ cell }) => cell.model));
  return [
    ...[...named].flatMap((name) =>
      modelDifferences(provenanceFor(recorded, name)?.model, provenanceFor(asked, name)?.model),
    ),
    ...cellDifferences(cellsIn(recorded), cellsIn(asked)),
  ];
}

/** What a server said of the model that a sweep's cells name, or of its one model where they name none. */
export interface ResolvedModel {
  /** As the cells name it. */
  readonly name: string | null;
  readonly model: Model;
  readonly provenance: Provenance;
}

/** The name of a model that has been met and whose cells would be the same as those of `name`. */
function twin({ models, cells }: Manifest, name: string): string | undefined {
  const own = cells.filter(({ cell }) => cell.model === name);
  const met = cells.filter(({ cell }) => cell.model !== null && cell.model !== name && cell.model in models);
  return met.find((known) => own.some((cell) => sameId(cell.cellId, known.cellId)))?.cell.model ?? undefined;
}

/**
 * A manifest after one more model was met: the cells that name it then have their ids.
 *
 * @throws ProbeError kind input where the same model was met under another name
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
    `The models ${other} and ${name} of the experiment are the same (${model.fingerprint}), so their cells are, too; take ` +
      `one of them out.`,
    { path: "model" },
  );
}

/** A sweep's directory, held by this process. */
export interface OpenRecord {
  /** What was there when it was opened, with the manifest as it is now. */
  readonly record: SweepRecord;
  readonly journal: Journal;
  /**
   * Takes in what a server says of a model, before any of its cells runs.
   *
   * @throws ProbeError kind input where the cells of another model are recorded under that name
   */
  resolve(model: ResolvedModel): Promise<void>;
  /** Closes the journal and lets the directory go. */
  close(): void;
}

/** The refusal of a directory that holds something else than is asked for. */
export function otherSweep(directory: string, why: string): ProbeError {
  return new ProbeError(
    "input",
    `${directory} holds another sweep: ${why}. Name another folder with --out, or delete this one.`,
  );
}

/** A record whose cells have the ids that its manifest gives them now; those that changed had not run. */
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
 * Goes on with a sweep's directory.
 *
 * @param asked the cells that are asked for; their order is no difference
 * @returns null where no sweep was begun there
 * @throws ProbeError kind input where it holds other cells, with what differs, or a sweep runs there now
 */
export async function reopenRecord(directory: string, asked: SomeCells): Promise<OpenRecord | null> {
  if ((await readManifest(directory)) === null) return null;
  const release = lock(directory);
  try {
    const manifest = await readManifest(directory);
    if (manifest === null) throw new ProbeError("failed", `${join(directory, MANIFEST)} went away while it was read.`);
    const different = cellDifferences(cellsIn(manifest), asked);
    if (different.length > 0) throw otherSweep(directory, different.join("; "));
    return await hold(directory, manifest, release);
  } catch (thrown) {
    release();
    throw thrown;
  }
}

/**
 * Begins a sweep's directory.
 *
 * @throws ProbeError kind input where it holds a sweep already
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
        `Another sweep has begun in ${directory} meanwhile; wait for it and run the same command again, or name another folder with --out.`,
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
