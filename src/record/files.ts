import { createReadStream } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ProbeError } from "../errors.ts";

/** The files of a sweep's directory. */
export const JOURNAL = "journal.jsonl";
export const LOCK = "sweep.lock";

/** The path of a cell's artifact, relative to the sweep's directory. */
export function artifactPath(cellId: string, fileName: string): string {
  // The name comes from a server, which must not choose where on this machine a file is written.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(fileName)) {
    throw new ProbeError(
      "failed",
      `The server named an artifact ${JSON.stringify(fileName)}; a plain file name of letters, digits, . _ and - was expected.`,
    );
  }
  return join("artifacts", cellId, fileName);
}

/** Whether an error means that a file does not exist. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}

/** Whether an error says that a part of a path is a file, not a folder. */
export function isNoFolder(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOTDIR";
}

/** Writes a file atomically: it is complete or absent, even after a power cut. */
export async function writeWhole(file: string, text: string | Iterable<string | Uint8Array>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  const handle = await open(part, "w");
  try {
    await writeFile(handle, text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
  const folder = await open(dirname(file), "r");
  await folder.sync().finally(() => folder.close());
}

/** Bytes per read. */
const bytesAtOnce = 1 << 18;
const newline = 10;

/**
 * Reads a file line by line, with only a piece of it in memory.
 *
 * @param take called with each line in order; returns whether to continue. `line` excludes the newline and is valid only
 * until `take` returns, `before` is the number of bytes of the file before it, and `whole` is false for a last line
 * without a newline
 */
export async function eachLine(
  file: string,
  take: (line: Buffer, before: number, whole: boolean) => boolean,
): Promise<void> {
  let rest = Buffer.alloc(0);
  let before = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: bytesAtOnce })) {
    const buffer = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = buffer.indexOf(newline, rest.length); end !== -1; end = buffer.indexOf(newline, start)) {
      if (!take(buffer.subarray(start, end), before + start, true)) return;
      start = end + 1;
    }
    rest = buffer.subarray(start);
    before += start;
  }
  if (rest.length > 0) take(rest, before, false);
}
