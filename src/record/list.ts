import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { eachLine, isMissing, isNoFolder, JOURNAL } from "./files.ts";
import { isLocked } from "./lock.ts";
import { MANIFEST, type Manifest, readManifest } from "./manifest.ts";

/** Whether every cell finished, cells failed, a sweep is writing the record, or it was stopped. */
export type RecordState = "complete" | "failed" | "running" | "stopped";

/** A record at a glance. */
export interface ListedRecord {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly cells: number;
  readonly finished: number;
  readonly failed: number;
  readonly state: RecordState;
}

/** Folders below the given one in which records are looked for. */
const DEPTH = 3;

async function* directoriesIn(directory: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true });
  if (entries.some((entry) => entry.isFile() && entry.name === MANIFEST)) yield directory;
  else if (depth > 0)
    for (const entry of entries)
      if (entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
        yield* directoriesIn(join(directory, entry.name), depth - 1);
}

/** Cell and event stand before a line's numbers. */
const HEAD = 320;
const headed = /"cell":"([^"]*)","run":"[^"]*","event":"(finished|failed)"/;

/** How each cell of a journal ended last; a finished one stays so. No step is parsed. */
async function ends(directory: string): Promise<Map<string, "finished" | "failed">> {
  const found = new Map<string, "finished" | "failed">();
  const each = (line: Buffer, _before: number, whole: boolean) => {
    const [, cellId, event] = (whole && headed.exec(line.toString("latin1", 0, HEAD))) || [];
    if (cellId !== undefined && found.get(cellId) !== "finished") found.set(cellId, event as "finished" | "failed");
    return true;
  };
  await eachLine(join(directory, JOURNAL), each).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
  return found;
}

/**
 * The record of a folder, at a glance.
 *
 * @returns null if the folder has none
 * @throws ProbeError kind input if its manifest cannot be read
 */
export async function glance(directory: string): Promise<ListedRecord | null> {
  const manifest = await readManifest(directory);
  if (manifest === null) return null;
  const ended = await ends(directory);
  const count = (end: string) => manifest.cells.filter(({ cellId }) => ended.get(cellId) === end).length;
  const [cells, finished, failed] = [manifest.cells.length, count("finished"), count("failed")];
  const over = finished === cells ? "complete" : finished + failed === cells ? "failed" : "stopped";
  return { directory, manifest, cells, finished, failed, state: isLocked(directory) ? "running" : over };
}

/**
 * The records in a folder and below it, the latest first.
 *
 * @param unreadable called with the sentence of a record that this version cannot read
 * @throws ProbeError kind input if there is no such folder
 */
export async function listRecords(directory: string, unreadable: (sentence: string) => void): Promise<ListedRecord[]> {
  const found: ListedRecord[] = [];
  try {
    for await (const one of directoriesIn(directory, DEPTH)) {
      const record = await glance(one).catch((thrown: unknown) => {
        unreadable(ProbeError.from(thrown).message);
        return null;
      });
      if (record !== null) found.push(record);
    }
  } catch (thrown) {
    if (!isMissing(thrown) && !isNoFolder(thrown)) throw thrown;
    throw new ProbeError("input", `There is no folder ${directory}; name one that holds sweeps.`, { path: "dir" });
  }
  return found.sort((a, b) => b.manifest.created.localeCompare(a.manifest.created));
}
