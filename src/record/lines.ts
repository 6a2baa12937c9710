import { open } from "node:fs/promises";

/** Bytes that are read at once; a longer line makes room for itself. */
const bytesAtOnce = 1 << 20;
const newline = 10;

/**
 * Reads a file line by line, holding no more than a piece of it.
 *
 * @param take hears each line without its newline, in order, and says whether to go on: the line's bytes, which are its
 * own only until `take` returns, the bytes of the file before it, and whether a newline ended it; the last may lack one
 */
export async function eachLine(
  file: string,
  take: (line: Buffer, before: number, whole: boolean) => boolean,
): Promise<void> {
  const handle = await open(file);
  try {
    let buffer = Buffer.allocUnsafe(bytesAtOnce);
    let rest = 0;
    let before = 0;
    for (;;) {
      if (rest === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      const { bytesRead } = await handle.read(buffer, rest, buffer.length - rest, null);
      if (bytesRead === 0) break;
      const filled = buffer.subarray(0, rest + bytesRead);
      let start = 0;
      for (let end = filled.indexOf(newline, rest); end !== -1; end = filled.indexOf(newline, start)) {
        if (!take(filled.subarray(start, end), before + start, true)) return;
        start = end + 1;
      }
      filled.copyWithin(0, start);
      before += start;
      rest = filled.length - start;
    }
    if (rest > 0) take(buffer.subarray(0, rest), before, false);
  } finally {
    await handle.close();
  }
}
