import { type Provenance, Weights } from "../generated/l1probe/v1/probe.ts";
import { provenanceFor } from "../record/manifest.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";

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
