import { type Axis, type Cell, cellLabel } from "../experiment/cell.ts";
import { modelIdentity, requestedGeneration } from "../experiment/identity.ts";
import type { Model } from "../generated/l1probe/v1/probe.ts";
import { type Manifest, provenanceFor } from "./manifest.ts";

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
