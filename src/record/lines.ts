import { open } from "node:fs/promises";

/** Bytes per read; the buffer grows for a longer line. */
const bytesAtOnce = 1 << 20;
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
