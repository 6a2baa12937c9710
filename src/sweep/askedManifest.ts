import { ProbeError } from "../errors.ts";
import type { Expansion } from "../experiment/expand.ts";
import { cellId } from "../experiment/identity.ts";
import type { Source } from "../experiment/source.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import type { Manifest } from "../record/record.ts";
import { clientVersions } from "./clientVersions.ts";

/** The manifest of a sweep that is asked for: an experiment's cells on a server's model. */
export async function askedManifest(
  source: Source,
  expansion: Expansion,
  { provenance }: DescribeResponse,
  command: string,
): Promise<Manifest> {
  const model = provenance?.model;
  if (provenance === undefined || model === undefined) {
    throw new ProbeError(
      "failed",
      "The server does not say which model it runs; bring client and server to one version.",
    );
  }
  return {
    format: 1,
    name: expansion.name,
    created: new Date().toISOString(),
    experiment: { text: source.text, file: source.file, profile: expansion.profile },
    axes: expansion.axes,
    cells: expansion.cells.map((cell) => ({ cellId: cellId(cell, model), cell })),
    provenance,
    client: await clientVersions(),
    command,
  };
}
