import { ProbeError } from "../errors.ts";
import { cellId, provisionalId, requestedGeneration } from "../experiment/identity.ts";
import { cellChanges, cellsIn } from "./differences.ts";
import { type Manifest, provenanceFor } from "./manifest.ts";
import type { IdentifiedCell } from "./record.ts";

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
export function extensionNote(directory: string, recorded: Manifest, manifest: Manifest): string {
  const { words, shared, added } = cellChanges(cellsIn(recorded), cellsIn(manifest));
  const former = manifest.former?.length ?? 0;
  const left =
    former === 0
      ? ""
      : `; ${former} earlier ${former === 1 ? "cell stays" : "cells stay"} in the journal and out of tables and figures`;
  return `${directory} is extended (${words.join("; ")}): ${shared} of ${shared + added} cells were there${left}.`;
}
