import { ProbeError } from "../errors.ts";
import type { Expansion } from "../experiment/expand.ts";
import { cellId, provisionalId } from "../experiment/identity.ts";
import type { Source } from "../experiment/source.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import type { Manifest } from "../record/record.ts";
import type { ResolvedModel } from "../record/resume.ts";
import { clientVersions } from "./clientVersions.ts";

/** @throws ProbeError kind failed where a server does not say which model it runs */
export function metModel(name: string | null, { provenance }: DescribeResponse): ResolvedModel {
  const model = provenance?.model;
  if (provenance !== undefined && model !== undefined) return { name, model, provenance };
  throw new ProbeError(
    "failed",
    "The server does not say which model it runs; bring client and server to one version.",
  );
}

/** The manifest of a sweep that is asked for: an experiment's cells, of which one model has been met so far. */
export async function askedManifest(
  source: Source,
  expansion: Expansion,
  { name, model, provenance }: ResolvedModel,
  command: string,
): Promise<Manifest> {
  return {
    format: 1,
    name: expansion.name,
    created: new Date().toISOString(),
    experiment: { text: source.text, file: source.file, profile: expansion.profile },
    axes: expansion.axes,
    cells: expansion.cells.map((cell) => ({
      cellId: cell.model === name ? cellId(cell, model) : provisionalId(cell),
      cell,
    })),
    ...(expansion.repeats.length === 0 ? {} : { repeats: expansion.repeats }),
    provenance,
    models: name === null ? {} : { [name]: provenance },
    client: await clientVersions(),
    command,
  };
}
