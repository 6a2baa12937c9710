import { cellLabel } from "../experiment/axes.ts";
import type { Axis } from "../experiment/cell.ts";
import { generation, modelIdentity } from "../experiment/identity.ts";
import type { Model } from "../generated/l1probe/v1/probe.ts";
import type { Manifest } from "./record.ts";

function modelDifferences(recorded: Model | undefined, asked: Model | undefined): string[] {
  if (recorded === undefined || asked === undefined) return [];
  const now = modelIdentity(asked);
  return Object.entries(modelIdentity(recorded))
    .filter(([key, value]) => now[key] !== value)
    .map(([key, value]) => `its model ${recorded.id} has ${key} ${value}, the server's ${asked.id} has ${now[key]}`);
}

function missingFrom(some: Manifest, others: Manifest): string[] {
  const known = new Set(others.cells.map(({ cell }) => generation(cell)));
  return some.cells
    .filter(({ cell }) => !known.has(generation(cell)))
    .map(({ cell }) => cellLabel(cell, some.axes as readonly Axis[]));
}

function counted(labels: readonly string[], total: number, what: string): string[] {
  return labels.length === 0 ? [] : [`${labels.length} of ${total} cells are ${what}, for example ${labels[0]}`];
}

/**
 * What keeps a sweep from going on in a directory: another model, or other cells. The order of cells, comments and the
 * experiment's name are no difference.
 */
export function differences(recorded: Manifest, asked: Manifest): string[] {
  return [
    ...modelDifferences(recorded.provenance.model, asked.provenance.model),
    ...counted(missingFrom(recorded, asked), recorded.cells.length, "recorded there and not in this experiment"),
    ...counted(missingFrom(asked, recorded), asked.cells.length, "in this experiment and not recorded there"),
  ];
}
