import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Provenance } from "../generated/l1probe/v1/probe.ts";
import { formatEntry, type Journal } from "../record/journal.ts";
import { eachFinished } from "../record/read.ts";
import type { IdentifiedCell } from "../record/record.ts";
import { executionKey, type Found, misfitOf, type Wanted } from "./finishedCells.ts";

/** Bytes that the cache may have at the end of a sweep; the cells that were used least recently go first. */
const MOST_BYTES = 2 * 2 ** 30;

/** The folder of this user's cache: $XDG_CACHE_HOME/l1probe, by default ~/.cache/l1probe. */
export function userCache(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "l1probe");
}

/**
 * The finished cells of one server's model and settings: a file per cell with the lines of its journal, named by the
 * cell's id and a hash of the server's device, versions and settings. Artifacts are not in it.
 */
export class CellCache {
  private readonly folder: string;
  private readonly from: string;
  /** Lines of cells that run. */
  private readonly open = new Map<string, string[]>();
  private readonly writes: Promise<void>[] = [];
  private fault: unknown;

  /**
   * @param cache its folder
   * @param directory of the sweep, which is where its cells are from
   */
  constructor(cache: string, directory: string) {
    this.folder = join(cache, "cells");
    this.from = resolve(directory);
  }

  private file({ cellId }: Pick<IdentifiedCell, "cellId">, provenance: Provenance): string {
    const key = createHash("sha256").update(executionKey(provenance)).digest("hex").slice(0, 12);
    return join(this.folder, `${cellId}-${key}.jsonl`);
  }

  /** The cell as a server of the same provenance finished it; null if it is not there, or will not do. */
  async find(cell: IdentifiedCell, wanted: Wanted): Promise<Found | null> {
    const file = this.file(cell, wanted.provenance);
    let found: Found | null = null;
    await eachFinished(
      file,
      (cellId) => cellId === cell.cellId,
      (_, attempt) => {
        found = { attempt, from: attempt[0]?.from ?? this.folder, artifacts: null };
      },
    ).catch(() => undefined);
    if (found === null || misfitOf(cell, found, wanted) !== null) return null;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return found;
  }

  /** A journal that also remembers the cells that finish in it. */
  remembering(journal: Journal, provenance: Provenance): Journal {
    return {
      append: (entry) => {
        journal.append(entry);
        const { cellId, event } = entry;
        if (event === "started") this.open.set(cellId, [formatEntry({ ...entry, from: this.from })]);
        else if (event === "failed") this.open.delete(cellId);
        else if (event === "step") this.open.get(cellId)?.push(formatEntry(entry));
        else {
          const lines = [
            ...(this.open.get(cellId) ?? []),
            formatEntry({ ...entry, body: { ...entry.body, artifacts: [] } }),
          ];
          this.open.delete(cellId);
          this.writes.push(this.write(this.file(entry, provenance), lines));
        }
      },
      close: () => journal.close(),
    };
  }

  private async write(file: string, lines: readonly string[]): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const part = `${file}.${process.pid}.part`;
      await writeFile(part, lines, { mode: 0o600 });
      await rename(part, file);
    } catch (thrown) {
      this.fault ??= thrown;
    }
  }

  /**
   * Waits for what is being written and keeps the cache within its size.
   *
   * @returns what prevented cells from being remembered; undefined if nothing did
   */
  async close(most: number = MOST_BYTES): Promise<unknown> {
    if (this.writes.length === 0) return undefined;
    await Promise.all(this.writes.splice(0));
    await this.shrink(most).catch((thrown: unknown) => {
      this.fault ??= thrown;
    });
    return this.fault;
  }

  private async shrink(most: number): Promise<void> {
    const names = await readdir(this.folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const file = join(this.folder, name);
        const { size, mtimeMs } = await stat(file);
        return { file, size, mtimeMs };
      }),
    );
    let bytes = 0;
    for (const { file, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      bytes += size;
      if (bytes > most) await rm(file, { force: true });
    }
  }
}
