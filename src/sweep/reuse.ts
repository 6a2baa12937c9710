import type { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { Journal } from "../record/journal.ts";
import type { IdentifiedCell } from "../record/record.ts";
import { CellCache } from "./cellCache.ts";
import {
  type Found,
  findInRecord,
  firstNonFiniteOf,
  openReusable,
  type ReusableRecord,
  takeCell,
  type Wanted,
} from "./finishedCells.ts";

interface ReuseOptions {
  /** The sweep's directory. */
  readonly directory: string;
  /** Folders of records. */
  readonly reuse?: readonly string[] | undefined;
  /** The folder of a cache. */
  readonly cache?: string | undefined;
  readonly note?: ((sentence: string) => void) | undefined;
}

/** The finished cells that one sweep takes from other records and from a cache. */
export class Reuse {
  /** The cells that were taken, each with its first step that has NaN or infinity, or null. */
  readonly taken = new Map<string, number | null>();
  private readonly records: readonly ReusableRecord[];
  private readonly cache: CellCache | null;
  private readonly note: (sentence: string) => void;

  private constructor(records: readonly ReusableRecord[], { directory, cache, note }: ReuseOptions) {
    this.records = records;
    this.cache = cache === undefined ? null : new CellCache(cache, directory);
    this.note = note ?? (() => undefined);
  }

  /** @throws ProbeError kind input if a folder has no record */
  static async open(options: ReuseOptions): Promise<Reuse> {
    return new Reuse(await openReusable(options.reuse ?? []), options);
  }

  /**
   * Takes what there is of some cells: from the records in their order, then from the cache.
   *
   * @returns the cells that were taken
   */
  async take(
    cells: readonly IdentifiedCell[],
    wanted: Wanted,
    target: { readonly directory: string; readonly journal: Journal },
  ): Promise<IdentifiedCell[]> {
    const taken: IdentifiedCell[] = [];
    const take = async (cell: IdentifiedCell, found: Found) => {
      await takeCell(cell, found, wanted, target);
      this.taken.set(cell.cellId, firstNonFiniteOf(found.attempt));
      taken.push(cell);
    };
    const left = () => cells.filter(({ cellId }) => !this.taken.has(cellId));
    for (const record of this.records) {
      const before = taken.length;
      const { found, notes } = await findInRecord(record, left(), wanted);
      for (const cell of left()) {
        const one = found.get(cell.cellId);
        if (one !== undefined) await take(cell, one);
      }
      for (const sentence of notes) this.note(sentence);
      this.note(`${countText(taken.length - before, cells.length)} taken from ${record.directory}.`);
    }
    const before = taken.length;
    for (const cell of left()) {
      const one = await this.cache?.find(cell, wanted);
      if (one) await take(cell, one);
    }
    if (taken.length > before) {
      this.note(`${countText(taken.length - before, cells.length)} taken from the cache; --no-cache runs them again.`);
    }
    return taken;
  }

  /** A journal whose finished cells the cache remembers. */
  remembering(journal: Journal, provenance: Provenance): Journal {
    return this.cache?.remembering(journal, provenance) ?? journal;
  }

  /** Waits until the cache has remembered the cells of this sweep. */
  async close(): Promise<void> {
    const fault = await this.cache?.close();
    if (fault instanceof Error) this.note(`The cache could not remember the cells of this sweep: ${fault.message}.`);
  }
}

function countText(some: number, all: number): string {
  return `${some} of ${all} missing ${all === 1 ? "cell" : "cells"} ${some === 1 ? "was" : "were"}`;
}
