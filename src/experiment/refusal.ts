import type { z } from "zod";
import { ProbeError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { formatPath } from "./path.ts";
import { knownKeys } from "./publishedSchema.ts";
import { type Experiment, experimentSchema, NAMED } from "./schema.ts";

const SHOWN = 60;

/** A value in a sentence: as JSON, and cut where it is long. */
export function show(value: unknown): string {
  const json = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return json.length > SHOWN ? `${json.slice(0, SHOWN)}…` : json;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    input,
  );
}

function hint(key: string, path: readonly PropertyKey[]): string {
  if (key === "shift") return "; a flow shift is a schedule, written schedule: shift:7";
  const known = knownKeys(path);
  return didYouMean(key, known) || `; known here: ${known.join(", ")}`;
}

interface Fault {
  readonly path: string;
  /** What, which value, what is allowed. */
  readonly sentence: string;
}

function refusals(issue: z.core.$ZodIssue, input: unknown): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = formatPath([...issue.path, key]);
      return { path, sentence: `${path} is not a known key${hint(key, issue.path)}.` };
    });
  }
  const path = formatPath(issue.path);
  if (issue.code === "invalid_key") {
    return [{ path, sentence: `${path} is no name for a profile; it must be ${NAMED}.` }];
  }
  const value = valueAt(input, issue.path);
  const found = value === undefined ? "is missing" : `is ${show(value)}`;
  return [{ path, sentence: `${path || "The experiment"} ${found}; it must be ${issue.message}.` }];
}

/**
 * Checks an experiment's form; all faults are told at once, one a line.
 *
 * @param place where a path stands in the experiment's text, as `file:line:column: `
 * @throws ProbeError kind input, with the first fault's path
 */
export function checkExperiment(input: unknown, place: (path: string) => string): Experiment {
  const result = experimentSchema.safeParse(input);
  // Not the schema's copy, which has keys in its own order: the order of grid's keys is the order of cells.
  if (result.success) return input as Experiment;
  const faults = result.error.issues.flatMap((issue) => refusals(issue, input));
  const message = faults.map((fault) => `${place(fault.path)}${fault.sentence}`).join("\n");
  throw new ProbeError("input", message, { path: faults[0]?.path ?? "", cause: result.error });
}
