import { appendFileSync, closeSync, fsyncSync, openSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ProbeError } from "../errors.ts";
import { Failed, Finished, Started, Step } from "../generated/l1probe/v1/probe.ts";
import { type Evaluation, Evaluations } from "./evaluations.ts";
import { isMissing, JOURNAL } from "./files.ts";
import { eachLine } from "./lines.ts";
import { readStepLine } from "./stepLine.ts";

/** The proto's JSON mapping of each event's body; it writes non-finite numbers as strings. */
const BODIES = { started: Started, step: Step, finished: Finished, failed: Failed } as const;
type Bodies = typeof BODIES;

/** What a journal tells of a run. */
export type EventName = keyof Bodies;
export type EventBody = {
  [Name in EventName]: { readonly event: Name; readonly body: ReturnType<Bodies[Name]["fromJSON"]> };
}[EventName];

interface Head {
  /** ISO 8601, on the client's clock. */
  readonly time: string;
  readonly cellId: string;
  /** The attempt: the server's run id, or "" where the server refused the cell before it had one. */
  readonly runId: string;
}

/** One line of a journal, as it is written. */
export type Entry = EventBody & Head;

/** One line of a journal, as it is read: a step without its sums by latent frame. */
export type ReadEntry = Head &
  (Exclude<EventBody, { event: "step" }> | { readonly event: "step"; readonly body: Evaluation });

/** An entry as it would be read. */
export function asRead(entry: Entry, evaluations: Evaluations): ReadEntry {
  return entry.event === "step" ? { ...entry, body: evaluations.add(entry.body) } : entry;
}

const envelope = z.strictObject({
  time: z.string(),
  cell: z.string(),
  run: z.string(),
  event: z.enum(Object.keys(BODIES) as [EventName, ...EventName[]]),
  body: z.record(z.string(), z.unknown()),
});

function bodyToJson({ event, body }: EventBody): unknown {
  switch (event) {
    case "started":
      return Started.toJSON(body);
    case "step":
      return Step.toJSON(body);
    case "finished":
      return Finished.toJSON(body);
    case "failed":
      return Failed.toJSON(body);
  }
}

/** An entry as a line, its newline included. */
export function formatEntry(entry: Entry): string {
  const { time, cellId, runId, event } = entry;
  return `${JSON.stringify({ time, cell: cellId, run: runId, event, body: bodyToJson(entry) })}\n`;
}

/** @throws where the line is no entry */
export function parseEntry(line: string): Entry {
  const { time, cell, run, event, body } = envelope.parse(JSON.parse(line));
  return { time, cellId: cell, runId: run, event, body: BODIES[event].fromJSON(body) } as Entry;
}

/** A last line that is left out, and the bytes before it. */
export interface Torn {
  readonly line: number;
  readonly goodBytes: number;
}

function tryRead(line: Buffer, evaluations: Evaluations): ReadEntry | { fault: unknown } {
  const head = readStepLine(line, evaluations);
  if (head !== null) {
    const { time, cellId, runId } = head;
    return { time, cellId, runId, event: "step", body: evaluations.keep() };
  }
  try {
    return asRead(parseEntry(line.toString("utf8")), evaluations);
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
 * @param take hears every entry with the number of its line, in order
 * @returns the torn line, or null where there is none
 * @throws ProbeError kind input, with the line's number, where any other line is not an entry
 */
export async function readJournal(
  directory: string,
  take: (entry: ReadEntry, line: number) => void,
): Promise<Torn | null> {
  const file = join(directory, JOURNAL);
  const evaluations = new Evaluations();
  let torn: (Torn & { readonly cause: unknown }) | null = null;
  let line = 0;
  const hear = (bytes: Buffer, goodBytes: number, whole: boolean) => {
    line += 1;
    if (torn !== null) throw unreadable(file, torn.line, torn.cause);
    const entry = tryRead(bytes, evaluations);
    if (whole && !("fault" in entry)) take(entry, line);
    else torn = { line, goodBytes, cause: entry };
    return true;
  };
  await eachLine(file, hear).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
  return torn;
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
export function openJournal(directory: string, torn: Torn | null): Journal {
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
