import { appendFileSync, closeSync, fsyncSync, openSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ProbeError } from "../errors.ts";
import { Failed, Finished, Started, Step } from "../generated/l1probe/v1/probe.ts";
import {
  type Evaluation,
  Evaluations,
  emptyRow,
  fillStep,
  fillSums,
  LAYOUT,
  STEP,
  stepOf,
  sumsBegin,
} from "./evaluations.ts";
import { eachLine, isMissing, JOURNAL } from "./files.ts";

/*
 * journal.jsonl: one JSON object per line.
 *
 *   {"time", "cell", "run", "event": "started", "body": {…}, "layout": ["step", …, "differences.cfg.sum_abs_reference"],
 *    "from": "the folder of the record that made the cell, if it was taken from there"}
 *   {"time", "cell", "run", "event": "step", "values": [0, …], "frames": [[…], …]}
 *   {"time", "cell", "run", "event": "finished" or "failed", "body": {…}}
 *
 * A body is the proto's JSON. The values of a step are in the order of the layout of its attempt; a sum that a step does
 * not have is null, and a number that is not finite is a string. `frames` has one array per latent frame, in the order of
 * the layout's sums; it is left out for a single latent frame, or if the sums by latent frame were not requested.
 * Readers ignore keys that they do not know. Steps of older records have a body instead of values; both may follow each
 * other in one file.
 */

const BODIES = { started: Started, step: Step, finished: Finished, failed: Failed } as const;
type Bodies = typeof BODIES;

/** An event of a run, as a journal records it. */
export type EventName = keyof Bodies;
export type EventBody = {
  [Name in EventName]: { readonly event: Name; readonly body: ReturnType<Bodies[Name]["fromJSON"]> };
}[EventName];

interface Head {
  /** ISO 8601, on the client's clock. */
  readonly time: string;
  readonly cellId: string;
  /** The attempt: the server's run id, or "" if the server refused the cell before it had one. */
  readonly runId: string;
  /** Of a started line: the folder of the record that made the cell, if it was taken from there. */
  readonly from?: string;
}

/** One line of a journal, as it is written. */
export type Entry = EventBody & Head;

/** One line of a journal, as it is read: a step without its sums by latent frame. */
export type ReadEntry = Head &
  (Exclude<EventBody, { event: "step" }> | { readonly event: "step"; readonly body: Evaluation });

type Value = number | string | null;

/** A row's doubles as JSON; sums whose count is NaN do not exist. */
function valuesOf(row: Float64Array, begin: number): Value[] {
  const values: Value[] = [];
  let missing = false;
  for (let place = begin; place < row.length; place += 1) {
    const value = row[place] ?? Number.NaN;
    if (place >= sumsBegin && LAYOUT[place]?.endsWith(".count")) missing = Number.isNaN(value);
    if (missing) values.push(null);
    else values.push(Number.isFinite(value) ? value : String(value));
  }
  return values;
}

function stepToJson(step: Step): { values: Value[]; frames?: Value[][] } {
  const values = valuesOf(fillStep(emptyRow.slice(), step), 0);
  values[STEP.expert] = step.expert;
  const count = Math.max(0, ...[...step.signals, ...step.differences].map(({ frames }) => frames.length));
  if (count < 2) return { values };
  const frames = Array.from({ length: count }, (_, frame) =>
    valuesOf(fillSums(emptyRow.slice(), step, frame), sumsBegin),
  );
  return { values, frames };
}

function eventToJson({ event, body }: EventBody): object {
  switch (event) {
    case "started":
      return { body: Started.toJSON(body), layout: LAYOUT };
    case "step":
      return stepToJson(body);
    case "finished":
      return { body: Finished.toJSON(body) };
    case "failed":
      return { body: Failed.toJSON(body) };
  }
}

/** An entry as a line, its newline included. */
export function formatEntry(entry: Entry): string {
  const { time, cellId, runId, event, from } = entry;
  return `${JSON.stringify({ time, cell: cellId, run: runId, event, ...eventToJson(entry), from })}\n`;
}

const head = { time: z.string(), cell: z.string(), run: z.string() };
const body = z.record(z.string(), z.unknown());
const envelope = z.discriminatedUnion("event", [
  z.object({
    ...head,
    event: z.literal("started"),
    body,
    layout: z.array(z.string()).optional(),
    from: z.string().optional(),
  }),
  // Numbers are checked when they are read, since there are millions.
  z.object({
    ...head,
    event: z.literal("step"),
    values: z.custom<unknown[]>(Array.isArray).optional(),
    frames: z.custom<unknown[][]>((frames) => Array.isArray(frames) && frames.every(Array.isArray)).optional(),
    /** Of older records. */
    body: body.optional(),
  }),
  z.object({ ...head, event: z.literal("finished"), body }),
  z.object({ ...head, event: z.literal("failed"), body }),
]);

const words: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  [null, Number.NaN],
]);

/** Reads the lines of one journal, in order: an attempt's steps are read by the layout of its started line. */
export class LineReader {
  private readonly evaluations = new Evaluations();
  /** The place in a row of each value of a cell's steps; −1 for values that this version does not know. */
  private readonly layouts = new Map<string, readonly number[]>();

  /** @throws if the line is no entry */
  read(line: Buffer): ReadEntry {
    const parsed = envelope.parse(JSON.parse(withoutFrames(line)));
    if (parsed.event !== "step") return this.event(parsed);
    const { cell, values, body } = parsed;
    if (values === undefined) {
      return { ...headOf(parsed), event: "step", body: this.evaluations.add(Step.fromJSON(body)) };
    }
    const layout = this.layout(cell);
    const row = fill(this.evaluations.row(), values, layout, 0);
    return { ...headOf(parsed), event: "step", body: this.evaluations.keep(row, expertOf(values, layout)) };
  }

  /** Reads a line with its sums by latent frame. @throws if the line is no entry */
  readWhole(line: Buffer): Entry {
    const parsed = envelope.parse(JSON.parse(line.toString("utf8")));
    if (parsed.event !== "step") return this.event(parsed);
    const { cell, values, frames = [], body } = parsed;
    if (values === undefined) return { ...headOf(parsed), event: "step", body: Step.fromJSON(body) };
    const layout = this.layout(cell);
    const sums = layout.findIndex((place) => place >= sumsBegin);
    const [row, ...rows] = [values, ...frames].map((numbers, i) =>
      fill(emptyRow.slice(), numbers, layout, i === 0 ? 0 : sums),
    );
    return { ...headOf(parsed), event: "step", body: stepOf(row ?? emptyRow, expertOf(values, layout), rows) };
  }

  private event(parsed: Exclude<z.output<typeof envelope>, { event: "step" }>): Exclude<ReadEntry, { event: "step" }> {
    const entry = headOf(parsed);
    switch (parsed.event) {
      case "started":
        if (parsed.layout !== undefined) this.layouts.set(parsed.cell, placesOf(parsed.layout));
        return {
          ...entry,
          ...(parsed.from === undefined ? {} : { from: parsed.from }),
          event: "started",
          body: Started.fromJSON(parsed.body),
        };
      case "finished":
        return { ...entry, event: "finished", body: Finished.fromJSON(parsed.body) };
      case "failed":
        return { ...entry, event: "failed", body: Failed.fromJSON(parsed.body) };
    }
  }

  private layout(cellId: string): readonly number[] {
    // A step without a started line is a valid line; the reader of the whole journal refuses it.
    return this.layouts.get(cellId) ?? placesOf(LAYOUT);
  }
}

/** Fills a row with a line's values from the layout's place `begin` on. */
function fill(row: Float64Array, values: readonly unknown[], layout: readonly number[], begin: number): Float64Array {
  if (values.length !== layout.length - begin) {
    throw new Error(`${values.length} values where the layout has ${layout.length - begin}`);
  }
  for (let i = 0; i < values.length; i += 1) {
    const place = layout[begin + i] ?? -1;
    if (place === -1 || place === STEP.expert) continue;
    const value = values[i];
    const number = typeof value === "number" ? value : words.get(value);
    if (number === undefined) throw new Error(`${LAYOUT[place]} is ${JSON.stringify(value)}, not a number`);
    row[place] = number;
  }
  return row;
}

function expertOf(values: readonly unknown[], layout: readonly number[]): string {
  const expert = values[layout.indexOf(STEP.expert)];
  return typeof expert === "string" ? expert : "";
}

const places = new Map(LAYOUT.map((name, place) => [name, place]));
let latest: { readonly names: readonly string[]; readonly places: readonly number[] } | null = null;

/** The layouts of a journal are nearly always equal, so they share one list. */
function placesOf(names: readonly string[]): readonly number[] {
  if (latest?.names.length !== names.length || !names.every((name, i) => name === latest?.names[i])) {
    latest = { names, places: names.map((name) => places.get(name) ?? -1) };
  }
  return latest.places;
}

function headOf({ time, cell, run }: { time: string; cell: string; run: string }): Head {
  return { time, cellId: cell, runId: run };
}

/** A line's text without the sums by latent frame, which are most of a long clip's line and last in it. */
function withoutFrames(line: Buffer): string {
  const end = line.indexOf(',"frames":[[');
  // An object after them would be another line, joined to a torn one.
  if (end === -1 || !line.subarray(-3).equals(linesEnd) || line.indexOf("{", end) !== -1) return line.toString("utf8");
  return `${line.toString("utf8", 0, end)}}`;
}

const linesEnd = Buffer.from("]]}");

/** A last line that is left out, and the bytes before it. */
export interface Torn {
  readonly line: number;
  readonly goodBytes: number;
}

function tryRead(reader: LineReader, line: Buffer): ReadEntry | { readonly fault: unknown } {
  try {
    return reader.read(line);
  } catch (fault) {
    return { fault };
  }
}

function unreadable(file: string, line: number, cause: unknown): ProbeError {
  return new ProbeError(
    "input",
    `${file}:${line} is not a journal entry, and only the last line may be torn; delete this line and all lines after it, ` +
      `then run the same sweep again.`,
    { cause },
  );
}

/**
 * Reads a journal. A line counts once it is whole, so a last line that lacks its newline, or that a crash filled with
 * something else, is torn and left out.
 *
 * @param take called with every entry and the number of its line, in order
 * @returns the torn line, or null if the last line is whole
 * @throws ProbeError kind input, with the line's number, if any other line is not an entry
 */
export async function readJournal(
  directory: string,
  take: (entry: ReadEntry, line: number) => void,
): Promise<Torn | null> {
  const file = join(directory, JOURNAL);
  const reader = new LineReader();
  let torn: (Torn & { readonly cause: unknown }) | null = null;
  let line = 0;
  const each = (bytes: Buffer, goodBytes: number, whole: boolean) => {
    line += 1;
    if (torn !== null) throw unreadable(file, torn.line, torn.cause);
    const entry = tryRead(reader, bytes);
    if (whole && !("fault" in entry)) take(entry, line);
    else torn = { line, goodBytes, cause: entry };
    return true;
  };
  await eachLine(file, each).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
  return torn;
}

/** The append-only end of a journal. */
export interface Journal {
  /** Writes one line; a line that ends a cell is on the disk when this returns. */
  append(entry: Entry): void;
  close(): void;
}

/**
 * Opens a journal for appending.
 *
 * @param torn of the journal as it was read: the torn line is cut off, or the next line would be joined to it
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
          `${file} cannot be written: ${message}. What it contains is safe; make room and run the same command again.`,
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
