import { z } from "zod";
import { storedCell } from "../experiment/cell.ts";
import { Provenance } from "../generated/l1probe/v1/probe.ts";

const provenance = z.record(z.string(), z.unknown()).transform((json): Provenance => Provenance.fromJSON(json));

/** manifest.json: what was asked, of what, and with what. Written atomically before the first cell runs. */
export const manifestSchema = z
  .strictObject({
    format: z.literal(1),
    name: z.string(),
    created: z.string().describe("ISO 8601, when the sweep was first started."),
    experiment: z
      .strictObject({ text: z.string(), file: z.string(), profile: z.string().nullable() })
      .readonly()
      .describe("The experiment's YAML, verbatim, and the profile laid over it."),
    axes: z
      .array(z.string())
      .readonly()
      .describe("The keys that differ between cells, in the order in which the experiment names them."),
    cells: z
      .array(z.strictObject({ cellId: z.string(), cell: storedCell }).readonly())
      .readonly()
      .describe("In the order in which the experiment expands."),
    provenance: provenance.describe("Of the server, when the sweep was first started."),
    client: z
      .record(z.string(), z.string())
      .readonly()
      .describe("Of the client: l1probe, node, and the git commit where there is one."),
    command: z.string().describe("The command that makes it again."),
  })
  .readonly();

export type Manifest = z.output<typeof manifestSchema>;

/** A manifest as the text of its file. */
export function formatManifest(manifest: Manifest): string {
  const json = { ...manifest, provenance: Provenance.toJSON(manifest.provenance) };
  return `${JSON.stringify(json, null, 2)}\n`;
}
