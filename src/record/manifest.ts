import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ProbeError } from "../errors.ts";
import { storedCell } from "../experiment/cell.ts";
import { Provenance, Weights } from "../generated/l1probe/v1/probe.ts";
import { isMissing, isNoFolder, writeWhole } from "./files.ts";
import type { CellRecord, SweepRecord } from "./record.ts";

export const MANIFEST = "manifest.json";

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
      .describe(
        "In the order in which the experiment expands. Until its model is resolved, a cell's id is provisional.",
      ),
    former: z
      .array(z.strictObject({ cellId: z.string(), cell: storedCell }).readonly())
      .readonly()
      .optional()
      .describe("Cells of earlier experiments of an extended record; their rows are in the journal and in no table."),
    extended: z
      .array(
        z
          .strictObject({
            time: z.string(),
            name: z.string(),
            experiment: z
              .strictObject({ text: z.string(), file: z.string(), profile: z.string().nullable() })
              .readonly(),
            command: z.string(),
          })
          .readonly(),
      )
      .readonly()
      .optional()
      .describe("The earlier experiments of an extended record, each with the time at which another replaced it."),
    repeats: z
      .array(z.strictObject({ asked: z.string(), as: z.string(), cells: z.number() }).readonly())
      .readonly()
      .optional()
      .describe(
        "Cells of the experiment that repeat an earlier one: `asked` is the label of the repeat, `as` that of the cell that ran.",
      ),
    provenance: provenance.describe("Of the first server, when the sweep was first started."),
    models: z
      .record(z.string(), provenance)
      .readonly()
      .default({})
      .describe("Of the server of each model that cells name, by that name, when it was first resolved."),
    client: z
      .record(z.string(), z.string())
      .readonly()
      .describe("Of the client: l1probe, node, and the git commit, if any."),
    command: z.string().describe("The command that repeats the sweep."),
  })
  .readonly();

export type Manifest = z.output<typeof manifestSchema>;

/** A manifest as the text of its file. */
export function formatManifest(manifest: Manifest): string {
  const models = Object.entries(manifest.models).map(([name, provenance]) => [name, Provenance.toJSON(provenance)]);
  const json = {
    ...manifest,
    provenance: Provenance.toJSON(manifest.provenance),
    models: Object.fromEntries(models),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** The provenance of a model's server when it was first resolved; undefined if it is not resolved yet. */
export function provenanceFor(manifest: Manifest, model: string | null): Provenance | undefined {
  return model === null ? manifest.provenance : manifest.models[model];
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  await writeWhole(join(directory, MANIFEST), formatManifest(manifest));
}

/**
 * @returns null if the directory has no manifest
 * @throws ProbeError kind input if the directory is a file, or the manifest is not one that this version reads
 */
export async function readManifest(directory: string): Promise<Manifest | null> {
  const file = join(directory, MANIFEST);
  const text = await readFile(file, "utf8").catch((thrown: unknown) => {
    if (isMissing(thrown)) return null;
    if (!isNoFolder(thrown)) throw thrown;
    throw new ProbeError("input", `${directory} is a file, or is below one; name a sweep's folder.`, {
      path: "out",
      cause: thrown,
    });
  });
  if (text === null) return null;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (thrown) {
    const message = thrown instanceof z.ZodError ? z.prettifyError(thrown) : ProbeError.from(thrown).message;
    throw new ProbeError("input", `${file} is not a manifest that this version of l1probe reads: ${message}`, {
      cause: thrown,
    });
  }
}

/** How the weights were made, as figures and tables say it. */
export type WeightsWord = "trained" | "random" | "bundled" | "unknown";

export function weightsWord(weights: Weights | undefined): WeightsWord {
  switch (weights) {
    case Weights.WEIGHTS_PRETRAINED:
      return "trained";
    case Weights.WEIGHTS_BUNDLED:
      return "bundled";
    case Weights.WEIGHTS_RANDOM:
      return "random";
    default:
      return "unknown";
  }
}

/**
 * The provenance that the server sent when the cell started. Before the cell starts, that of its model's server;
 * undefined if no server has been contacted yet.
 */
export function provenanceOf(record: SweepRecord, { started, cell }: CellRecord): Provenance | undefined {
  return started?.provenance ?? provenanceFor(record.manifest, cell.model);
}
