import { ProbeError } from "../errors.ts";
import { AXES, type Axis, axisValue, type Cell, cellLabel } from "../experiment/cell.ts";
import { modelIdentity, modelLabel, requestedGeneration } from "../experiment/identity.ts";
import type { Model } from "../generated/l1probe/v1/probe.ts";
import { type Manifest, provenanceFor } from "./manifest.ts";

/** Lists the result-affecting properties in which a server's model differs from the recorded model. */
export function modelDifferences(recorded: Model | undefined, served: Model | undefined): string[] {
  if (recorded === undefined || served === undefined) return [];
  const now = modelIdentity(served);
  return Object.entries(modelIdentity(recorded))
    .filter(([key, value]) => now[key] !== value)
    .map(
      ([key, value]) =>
        `its model ${modelLabel(recorded)} has ${key} ${value}, the server's ${modelLabel(served)} has ${now[key]}`,
    );
}

/** Cells with the axes on which they differ: those of a manifest, or of an expanded experiment. */
export interface SomeCells {
  readonly axes: readonly string[];
  readonly cells: readonly Cell[];
}

/** The cells of a manifest. */
export function cellsIn({ axes, cells }: Manifest): SomeCells {
  return { axes, cells: cells.map(({ cell }) => cell) };
}

type ContentOf = (cell: Cell) => [name: string | null, sha256: string | null];

/** Lists files of one kind whose content has changed since, each once. */
function changedFiles(recorded: SomeCells, requested: SomeCells, what: string, contentOf: ContentOf): string[] {
  const now = new Map(requested.cells.map(contentOf));
  const then = new Map(recorded.cells.map(contentOf));
  return [...then].flatMap(([name, sha256]) => {
    const other = now.get(name);
    if (name === null || sha256 === null || !other || other === sha256) return [];
    return [`the ${what} ${name} has changed since (sha256 ${sha256.slice(0, 12)}… then, ${other.slice(0, 12)}… now)`];
  });
}

/** Values and cells that are listed before the rest is counted. */
const LISTED = 4;
const LONGEST = 40;

type Value = ReturnType<typeof axisValue>;

function valueText(value: Value): string {
  if (value === null) return "none";
  const text = String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text === "" ? '""' : text;
}

function listText(values: readonly Value[]): string {
  const more = values.length > LISTED ? ` and ${values.length - LISTED} more` : "";
  return `${values.slice(0, LISTED).map(valueText).join(", ")}${more}`;
}

/** The values of an axis in some cells that no other cell has. */
function own(axis: Axis, some: readonly Cell[], others: readonly Cell[]): Value[] {
  const known = new Set(others.map((cell) => axisValue(cell, axis)));
  return [...new Set(some.map((cell) => axisValue(cell, axis)))].filter((value) => !known.has(value));
}

function changeOf(axis: Axis, gone: readonly Value[], added: readonly Value[]): string[] {
  if (gone.length === 1 && added.length === 1) return [`${axis} ${listText(gone)} → ${listText(added)}`];
  return [
    ...(added.length === 0 ? [] : [`+ ${axis} ${listText(added)}`]),
    ...(gone.length === 0 ? [] : [`- ${axis} ${listText(gone)}`]),
  ];
}

/** How two sets of cells differ. */
export interface CellChanges {
  /** Sentences without an end, for example `seed 0 → 1`, `+ schedule linear`; empty if the cells are the same. */
  readonly words: readonly string[];
  /** Requested cells that are recorded. */
  readonly shared: number;
  /** Recorded cells that are not requested. */
  readonly gone: number;
  /** Requested cells that are not recorded. */
  readonly added: number;
}

/** Compares recorded cells with requested ones, by what can change their numbers. Order does not matter. */
export function cellChanges(recorded: SomeCells, requested: SomeCells): CellChanges {
  const then = new Set(recorded.cells.map(requestedGeneration));
  const now = new Set(requested.cells.map(requestedGeneration));
  const gone = recorded.cells.filter((cell) => !now.has(requestedGeneration(cell)));
  const added = requested.cells.filter((cell) => !then.has(requestedGeneration(cell)));
  const byAxis = AXES.flatMap((axis) =>
    changeOf(axis, own(axis, gone, requested.cells), own(axis, added, recorded.cells)),
  );
  const files = [
    ...changedFiles(recorded, requested, "picture", ({ image, image_sha256 }) => [image, image_sha256]),
    ...changedFiles(recorded, requested, "start", ({ init, start }) => [init, start?.sha256 ?? null]),
  ];
  // Values that both have, in other combinations, or a schedule's file with other sigmas.
  const example = (sign: string, [cell, ...more]: readonly Cell[], { axes }: SomeCells) =>
    cell === undefined
      ? []
      : [`${sign} ${cellLabel(cell, axes as readonly Axis[])}${more.length === 0 ? "" : ` and ${more.length} more`}`];
  const named = [...files, ...byAxis];
  const words = named.length > 0 ? named : [...example("+", added, requested), ...example("-", gone, recorded)];
  return { words, shared: requested.cells.length - added.length, gone: gone.length, added: added.length };
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
    ...cellChanges(cellsIn(recorded), cellsIn(requested)).words,
  ];
}

/** The error for a directory with another model. */
export function otherModel(directory: string, why: readonly string[]): ProbeError {
  return new ProbeError(
    "input",
    `${directory} holds another sweep: ${why.join("; ")}. Name another folder with --out, or delete this one.`,
  );
}

/** The error for a directory with other cells. */
export function otherCells(directory: string, { words, shared, added }: CellChanges): ProbeError {
  const kept = shared === 0 ? "No cell is the same" : `${shared} of ${shared + added} cells are the same`;
  const rest = shared === 0 ? `these ${added}` : added === 0 ? "only these, without running any" : `the other ${added}`;
  return new ProbeError(
    "input",
    `${directory} holds another experiment: ${words.join("; ")}. ${kept}; add --extend to ` +
      `${added === 0 ? "have" : "run"} ${rest} there, or name another folder with --out.`,
  );
}
