import { createReadStream } from "node:fs";

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
