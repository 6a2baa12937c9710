import { appendFileSync, closeSync, createReadStream, fsyncSync, openSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { type Entry, formatEntry, parseEntry } from "./entry.ts";
import { isMissing, JOURNAL } from "./files.ts";

/** A journal, read: its entries, and where its last line is torn, the bytes before it. */
export interface ReadJournal {
  readonly entries: readonly { readonly line: number; readonly entry: Entry }[];
  readonly torn: { readonly line: number; readonly goodBytes: number } | null;
}

/** The lines of a file, each with the bytes that end with its newline; the last may lack one. */
async function* lines(file: string): AsyncGenerator<{ text: string; whole: boolean; end: number }> {
  let rest = Buffer.alloc(0);
  let end = 0;
  for await (const chunk of createReadStream(file)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let newline = rest.indexOf(10);
    while (newline !== -1) {
      end += newline + 1;
      yield { text: rest.toString("utf8", 0, newline), whole: true, end };
      rest = rest.subarray(newline + 1);
      newline = rest.indexOf(10);
    }
  }
  if (rest.length > 0) yield { text: rest.toString("utf8"), whole: false, end };
}

function tryParse(text: string): { entry: Entry } | { fault: unknown } {
  try {
    return { entry: parseEntry(text) };
  } catch (fault) {
    return { fault };
  }
}

function unreadable(file: string, line: number, cause: unknown): ProbeError {
  return new ProbeError(
    "input",
    `${file}:${line} is not an entry of a journal, and only a last line can be torn; take that line and all behind it ` +
      `out, and run the sweep again to make what they told.`,
    { cause },
  );
}

/**
 * Reads a journal. A line counts once it is whole, so a last line that lacks its newline, or that a crash filled with
 * something else, is torn and left out.
 *
 * @throws ProbeError kind input, with the line's number, where any other line is not an entry
 */
export async function readJournal(directory: string): Promise<ReadJournal> {
  const file = join(directory, JOURNAL);
  const entries: { line: number; entry: Entry }[] = [];
  let torn: { line: number; goodBytes: number; cause: unknown } | null = null;
  let line = 0;
  let goodBytes = 0;
  try {
    for await (const { text, whole, end } of lines(file)) {
      line += 1;
      if (torn !== null) throw unreadable(file, torn.line, torn.cause);
      const entry = tryParse(text);
      if (whole && "entry" in entry) entries.push({ line, entry: entry.entry });
      else torn = { line, goodBytes, cause: entry };
      goodBytes = end;
    }
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
  }
  return { entries, torn };
}

/** The append-only end of a journal. */
export interface Journal {
  /** Writes one line; what ends a cell is on the disk when this returns. */
  append(entry: Entry): void;
  close(): void;
}

/**
 * Opens a journal to go on with it.
 *
 * @param torn of the journal as it was read: what is torn is cut off, or the next line would be glued to it
 */
export function openJournal(directory: string, torn: ReadJournal["torn"]): Journal {
  const file = join(directory, JOURNAL);
  if (torn !== null) truncateSync(file, torn.goodBytes);
  const descriptor = openSync(file, "a");
  let open = true;
  return {
    append(entry) {
      if (!open) throw new ProbeError("internal", `${file} is closed.`);
      try {
        appendFileSync(descriptor, formatEntry(entry));
        if (entry.event === "finished" || entry.event === "failed") fsyncSync(descriptor);
      } catch (thrown) {
        // The line may be torn now, so nothing may follow it.
        this.close();
        const { message } = ProbeError.from(thrown);
        throw new ProbeError(
          "failed",
          `${file} cannot be written: ${message}. What is in it is kept; make room and run the same command again.`,
          {
            cause: thrown,
          },
        );
      }
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}
