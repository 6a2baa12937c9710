import { ProbeError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { checkSigmas } from "./check.ts";
import { createSchedule, type ShapedSchedule } from "./create.ts";
import type { Family, Ports } from "./grammar/family.ts";
import { cutTerms, type Term } from "./grammar/term.ts";
import { FAMILIES } from "./registry.ts";
import { fromValues } from "./shape.ts";

const BY_NAME: ReadonlyMap<string, Family> = new Map(FAMILIES.map((family) => [family.name, family]));

/**
 * Reads a schedule's short form: `name[:value,…][,key=value…]`, and before the schedules that it works on a name like
 * `blend:.5+shift:7+linear`. The schedule's own `spec` is canonical: reading it again gives the same spec and numbers.
 *
 * @throws ProbeError kind input, with the nearest name where one was mistyped
 */
export function parseSchedule(spec: string, ports: Ports = {}): ShapedSchedule {
  const terms = cutTerms(spec);
  const { schedule, next } = parseTerm(terms, 0, ports);
  const left = terms[next];
  if (left !== undefined)
    throw new ProbeError(
      "input",
      `"${spec}" has ${left.name} left over; + joins schedules only behind a name that works on others, like blend:.5+shift:7+linear.`,
    );
  return schedule;
}

function parseTerm(terms: readonly Term[], at: number, ports: Ports): { schedule: ShapedSchedule; next: number } {
  const term = terms[at];
  const family = term === undefined ? undefined : BY_NAME.get(term.name);
  if (term === undefined || family === undefined) throw unknown(term?.name, terms[at - 1]?.name);
  const operands: ShapedSchedule[] = [];
  let next = at + 1;
  while (operands.length < family.operands) {
    if (terms[next] === undefined)
      throw new ProbeError(
        "input",
        `${family.name} works on ${family.operands} schedule${family.operands > 1 ? "s" : ""} and has ${operands.length}; write for example ${family.example}.`,
      );
    const operand = parseTerm(terms, next, ports);
    operands.push(operand.schedule);
    next = operand.next;
  }
  const { spec, made } = family.build(term, operands, ports);
  return { schedule: typeof made === "string" ? parseSchedule(made, ports) : createSchedule(spec, made), next };
}

function unknown(name: string | undefined, before: string | undefined): ProbeError {
  if (name === undefined) return new ProbeError("input", `${before ?? "The schedule"} lacks a schedule behind its +.`);
  const bare = /^[\d.]/.test(name) ? `; a list is written sigmas:${name},…` : "";
  return new ProbeError(
    "input",
    `There is no schedule ${name}${didYouMean(name, BY_NAME.keys())}${bare}; l1probe schedule --list shows all.`,
  );
}

/**
 * A schedule from its values, as `{sigmas: [1, 0.75, 0.5, 0.25]}` in an experiment gives them.
 *
 * @throws ProbeError kind input with index and value; see {@link checkSigmas}
 */
export function scheduleFromSigmas(values: readonly number[], path = "sigmas"): ShapedSchedule {
  checkSigmas(values, path);
  return createSchedule(`sigmas:${values.map(String).join(",")}`, fromValues([...values]));
}
