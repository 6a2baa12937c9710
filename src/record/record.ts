import type { Cell } from "../experiment/cell.ts";
import type { Artifact, Failed, Finished, Started } from "../generated/l1probe/v1/probe.ts";
import type { Evaluation } from "./evaluations.ts";
import type { Manifest } from "./manifest.ts";

export type { Manifest } from "./manifest.ts";

/** A cell of a sweep with its id: a hash of everything that can change its result. */
export type IdentifiedCell = Manifest["cells"][number];

/** One cell with the rows of its first finished attempt, or with how its last attempt failed. */
export interface CellRecord {
  readonly cellId: string;
  readonly cell: Cell;
  readonly status: "finished" | "failed" | "missing";
  readonly started: Started | null;
  /** The folder of the record that made it, if it was taken from there. */
  readonly from?: string;
  /** Every evaluation, in order; empty unless finished. */
  readonly steps: readonly Evaluation[];
  readonly finished: Finished | null;
  readonly failed: Failed | null;
  /** Artifacts, with paths relative to the sweep's directory. */
  readonly artifacts: readonly { readonly artifact: Artifact; readonly path: string }[];
}

/** The content of a sweep's directory. Cells are in the manifest's order. */
export interface SweepRecord {
  readonly manifest: Manifest;
  readonly cells: readonly CellRecord[];
  /** Sentences about what could not be read (a torn last line). */
  readonly warnings: readonly string[];
}
