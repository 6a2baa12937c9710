import { z } from "zod";
import { Failed, Finished, Started, Step } from "../generated/l1probe/v1/probe.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Evaluations } from "./evaluations.ts";

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
