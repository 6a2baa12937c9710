import { isMissing } from "./files.ts";
import { type Entry, LineReader } from "./journal.ts";
import { eachLine } from "./lines.ts";

/** The lines of an attempt that finished: started, steps, finished. */
export type FinishedAttempt = readonly Entry[];

/** Every line begins with its time and its cell. */
const HEAD = 160;
const cellIn = (line: Buffer): string | undefined => /"cell":"([^"]*)"/.exec(line.toString("latin1", 0, HEAD))?.[1];

/**
 * Reads the first finished attempt of some cells, with the sums per latent frame. Other lines are not parsed, and lines
 * that cannot be read are skipped, since nothing depends on finding them.
 *
 * @param file a journal; one that does not exist has no cells
 * @param wanted whether a cell is read
 * @param take called with each attempt
 */
export async function eachFinished(
  file: string,
  wanted: (cellId: string) => boolean,
  take: (cellId: string, attempt: FinishedAttempt) => void,
): Promise<void> {
  const reader = new LineReader();
  const open = new Map<string, Entry[]>();
  const done = new Set<string>();
  const each = (line: Buffer, _before: number, whole: boolean) => {
    const cellId = cellIn(line);
    if (!whole || cellId === undefined || done.has(cellId) || !wanted(cellId)) return true;
    const entry = tryRead(reader, line);
    if (entry === null) return true;
    const { event, runId } = entry;
    if (event === "started") open.set(cellId, [entry]);
    else if (event === "failed") open.delete(cellId);
    else {
      const attempt = open.get(cellId);
      if (attempt?.[0]?.runId !== runId) return true;
      attempt.push(entry);
      if (event !== "finished") return true;
      done.add(cellId);
      open.delete(cellId);
      take(cellId, attempt);
    }
    return true;
  };
  await eachLine(file, each).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
}

function tryRead(reader: LineReader, line: Buffer): Entry | null {
  try {
    return reader.readWhole(line);
  } catch {
    return null;
  }
}
