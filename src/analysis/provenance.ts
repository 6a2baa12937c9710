import { type Provenance, Weights } from "../generated/l1probe/v1/probe.ts";
import { provenanceFor } from "../record/manifest.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";

/** What a figure says about its weights. */
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
 * What a cell's server said of itself when the cell started; before that, what the server of its model said; undefined
 * where that was not met yet.
 */
export function provenanceOf(record: SweepRecord, { started, cell }: CellRecord): Provenance | undefined {
  return started?.provenance ?? provenanceFor(record.manifest, cell.model);
}
