import type { Cell } from "../experiment/cell.ts";
import type { Artifact, Failed, Finished, Provenance, Started, Step } from "../generated/l1probe/v1/probe.ts";

/** A cell of a sweep with its id: a hash of everything that can change its result. */
export interface IdentifiedCell {
  readonly cellId: string;
  readonly cell: Cell;
}

/** manifest.json: what was asked, of what, and with what. Written atomically before the first cell runs. */
export interface Manifest {
  readonly format: 1;
  readonly name: string;
  /** ISO 8601, when the sweep was first started. */
  readonly created: string;
  /** The experiment's YAML, verbatim, and the profile laid over it. */
  readonly experiment: { readonly text: string; readonly file: string; readonly profile: string | null };
  /** The keys that differ between cells, in the order in which the experiment names them. */
  readonly axes: readonly string[];
  /** In the order in which the experiment expands. */
  readonly cells: readonly IdentifiedCell[];
  readonly provenance: Provenance;
  /** Of the client: l1probe, node, and the git commit where there is one. */
  readonly client: Readonly<Record<string, string>>;
  /** The command that makes it again. */
  readonly command: string;
}

/** What is known of one cell: the rows of its first attempt that finished, or how the last one failed. */
export interface CellRecord {
  readonly cellId: string;
  readonly cell: Cell;
  readonly status: "finished" | "failed" | "missing";
  readonly started: Started | null;
  /** Empty unless finished. */
  readonly steps: readonly Step[];
  readonly finished: Finished | null;
  readonly failed: Failed | null;
  /** Files kept, relative to the sweep's directory. */
  readonly artifacts: readonly { readonly artifact: Artifact; readonly path: string }[];
}

/** One sweep's directory, read. Cells are in the manifest's order. */
export interface SweepRecord {
  readonly manifest: Manifest;
  readonly cells: readonly CellRecord[];
  /** Sentences about what could not be read (a torn last line), for people. */
  readonly warnings: readonly string[];
}
