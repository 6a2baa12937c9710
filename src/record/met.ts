import { ProbeError } from "../errors.ts";
import { cellId } from "../experiment/identity.ts";
import type { Model, Provenance } from "../generated/l1probe/v1/probe.ts";
import type { Manifest } from "./manifest.ts";

/** What a server said of the model that a sweep's cells name, or of its one model where they name none. */
export interface MetModel {
  /** As the cells name it. */
  readonly name: string | null;
  readonly model: Model;
  readonly provenance: Provenance;
}

/** The name of a model that has been met and whose cells would be the same as those of `name`. */
function twin({ models, cells }: Manifest, name: string): string | undefined {
  const ids = new Set(cells.filter(({ cell }) => cell.model === name).map((cell) => cell.cellId));
  const met = cells.filter(({ cell }) => cell.model !== null && cell.model !== name && cell.model in models);
  return met.find((cell) => ids.has(cell.cellId))?.cell.model ?? undefined;
}

/**
 * A manifest after one more model was met: the cells that name it then have their ids.
 *
 * @throws ProbeError kind input where the same model was met under another name
 */
export function met(manifest: Manifest, { name, model, provenance }: MetModel & { readonly name: string }): Manifest {
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
