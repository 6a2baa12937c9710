import { nearest, ProbeError } from "../errors.ts";
import { SCHEDULE_KINDS } from "./catalogue.ts";
import { fromValues } from "./curve.ts";
import { PRESETS } from "./presets/presets.ts";
import { checkSigmas, createSchedule, type Schedule } from "./schedule.ts";
import type { Ports, ScheduleKind, Term } from "./scheduleKind.ts";

const BY_NAME: ReadonlyMap<string, ScheduleKind> = new Map(SCHEDULE_KINDS.map((kind) => [kind.name, kind]));

/**
 * Parses a specification, `name[:value,…][,key=value…]`. A kind that operates on other schedules is followed by them,
 * each after a `+`: `blend:.5+shift:7+linear`. The schedule's own `spec` is canonical: parsing it again gives the same
 * spec and the same numbers.
 *
 * @throws ProbeError kind input; for a mistyped name, with the nearest known one
 */
export function parseSchedule(spec: string, ports: Ports = {}): Schedule {
  const terms = spec.split("+").map((part) => splitTerm(part.trim(), spec));
  const { schedule, next } = parseTerm(terms, 0, ports);
  const left = terms[next];
  if (left !== undefined)
    throw new ProbeError(
      "input",
      `"${spec}" has ${left.name} left over; + only adds the schedules that a kind operates on, as in blend:.5+shift:7+linear.`,
    );
  return schedule;
}

const KEY = /^([a-z][a-z0-9-]*)=(.*)$/;

function splitTerm(part: string, spec: string): Term {
  const colon = part.indexOf(":");
  const name = (colon === -1 ? part : part.slice(0, colon)).trim();
  if (name === "")
    throw new ProbeError(
      "input",
      `The schedule "${spec}" lacks a name; write one like shift:7 or blend:.5+shift:7+linear.`,
    );
  const positional: string[] = [];
  const named = new Map<string, string>();
  const items = colon === -1 ? [] : part.slice(colon + 1).split(",");
  for (const item of items.map((text) => text.trim())) {
    const [, key, value] = KEY.exec(item) ?? [];
    if (key === undefined || value === undefined) {
      if (item === "")
        throw new ProbeError("input", `${part} has an empty value; write ${name}:VALUE,… or only ${name}.`);
      if (named.size > 0)
        throw new ProbeError("input", `${part} has ${item} after a key=value; values without a key come first.`);
      positional.push(item);
    } else {
      if (named.has(key)) throw new ProbeError("input", `${part} gives ${key} twice; give it once.`);
      named.set(key, value);
    }
  }
  return { name, positional, named };
}

function parseTerm(terms: readonly Term[], at: number, ports: Ports): { schedule: Schedule; next: number } {
  const term = terms[at];
  const kind = term === undefined ? undefined : BY_NAME.get(term.name);
  if (term === undefined || kind === undefined) throw unknown(term?.name, terms[at - 1]?.name);
  const operands: Schedule[] = [];
  let next = at + 1;
  while (operands.length < kind.operands) {
    if (terms[next] === undefined)
      throw new ProbeError(
        "input",
        `${kind.name} operates on ${kind.operands} schedule${kind.operands > 1 ? "s" : ""} and got ${operands.length}; write for example ${kind.example}.`,
      );
    const operand = parseTerm(terms, next, ports);
    operands.push(operand.schedule);
    next = operand.next;
  }
  const { spec, made } = kind.build(term, operands, ports);
  return { schedule: typeof made === "string" ? parseSchedule(made, ports) : createSchedule(spec, made), next };
}

/** ` (did you mean shift?)` or ` (did you mean preset:hunyuan?)` for a name that is no schedule; empty if none is near. */
export function didYouMeanSchedule(name: string): string {
  const [kinds, presets] = [[...BY_NAME.keys()], Object.keys(PRESETS)];
  const near = nearest(name, [...(presets.includes(name) ? [] : kinds), ...presets]);
  if (near === undefined) return "";
  return ` (did you mean ${BY_NAME.has(near) ? "" : "preset:"}${near}?)`;
}

function unknown(name: string | undefined, before: string | undefined): ProbeError {
  if (name === undefined) return new ProbeError("input", `${before ?? "The schedule"} lacks a schedule after its +.`);
  const bare = /^[\d.]/.test(name) ? `; a list is written sigmas:${name},…` : "";
  return new ProbeError(
    "input",
    `There is no schedule ${name}${didYouMeanSchedule(name)}${bare}; l1probe schedule --list shows all.`,
  );
}

/**
 * A schedule from its values, as written in an experiment: `{sigmas: [1, 0.75, 0.5, 0.25]}`.
 *
 * @throws ProbeError kind input with index and value; see {@link checkSigmas}
 */
export function scheduleFromSigmas(values: readonly number[], path = "sigmas"): Schedule {
  checkSigmas(values, path);
  return createSchedule(`sigmas:${values.map(String).join(",")}`, fromValues([...values]));
}
