import { didYouMean, ProbeError } from "../errors.ts";
import type { Curve } from "./curve.ts";
import { type Parameter, Unreadable } from "./parameter.ts";
import type { Schedule } from "./schedule.ts";

/** The access to the outside world that this otherwise pure code is given. */
export interface Ports {
  /** Returns the text of a file. The message of anything it throws is passed on. */
  readonly readFile?: (path: string) => string;
}

/** One part of a specification between two `+`, split but not yet interpreted: `cdf:logistic,s=7`. */
export interface Term {
  readonly name: string;
  /** Values without a key, in order. */
  readonly positional: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

/** How a schedule kind is described in the catalogue. */
export interface KindText {
  readonly name: string;
  /** One line: what it is. */
  readonly summary: string;
  readonly formula: string;
  /** φ'(1), where sampling begins, and φ'(0), where it ends. */
  readonly slopes: string;
  /** Paper or project; `-` if it needs none. */
  readonly source: string;
  /** A valid specification. */
  readonly example: string;
}

type Values<P> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** The number of schedules that a kind operates on. */
type Arity = 0 | 1 | 2;

type Operands<N extends Arity> = N extends 2
  ? readonly [Schedule, Schedule]
  : N extends 1
    ? readonly [Schedule]
    : readonly [];

interface Definition<P extends Parameters, N extends Arity> extends KindText {
  /** In the order in which values without a key are assigned. */
  readonly parameters: P;
  /** The number of schedules that follow, each after a `+`; 0 by default. */
  readonly operands?: N;
  /**
   * @returns the curve, or another specification that this one is shorthand for
   * @throws ProbeError kind input if the values contradict each other
   */
  build(values: Values<P>, operands: Operands<N>, ports: Ports): Curve | string;
}

/** What a kind builds from one term. */
export interface Built {
  /** The canonical form: every default that affects the numbers is spelled out. */
  readonly spec: string;
  readonly made: Curve | string;
}

/** A schedule kind: everything that can be written under one name, such as `karras` or `blend`. */
export interface ScheduleKind extends KindText {
  readonly parameters: Parameters;
  readonly operands: number;
  build(term: Term, operands: readonly Schedule[], ports: Ports): Built;
}

/** Defines a schedule kind by its parameters and its formula; reading, checking and writing specifications is derived. */
export function scheduleKind<const P extends Parameters, const N extends Arity = 0>(
  definition: Definition<P, N>,
): ScheduleKind {
  const { build, ...text } = definition;
  return {
    ...text,
    operands: definition.operands ?? 0,
    build(term, operands, ports) {
      const values = readValues(term, definition) as Values<P>;
      const made = build(values, operands as unknown as Operands<N>, ports);
      return {
        spec: [write(definition, values), ...operands.map((operand) => operand.spec)].join("+"),
        made,
      };
    },
  };
}

type Declared = Pick<ScheduleKind, "name" | "example" | "parameters">;

function readValues(term: Term, { name, example, parameters }: Declared): Record<string, unknown> {
  const keys = Object.keys(parameters);
  const takes = keys.length === 0 ? "it takes none" : `it takes ${keys.join(", ")}`;
  for (const key of term.named.keys())
    if (!keys.includes(key))
      throw new ProbeError("input", `${name} has no parameter ${key}; ${takes}${didYouMean(key, keys)}.`);
  let taken = 0;
  const values: Record<string, unknown> = {};
  for (const [key, parameter] of Object.entries(parameters)) {
    const left = term.positional.slice(taken);
    const written = term.named.get(key);
    const texts = written !== undefined ? [written] : parameter.rest ? left : left.slice(0, 1);
    if (written === undefined) taken += texts.length;
    if (texts.length > 0) values[key] = readValue(name, key, parameter, texts);
    else if (parameter.fallback !== undefined) values[key] = parameter.fallback;
    else
      throw new ProbeError(
        "input",
        `${name} needs ${key}, ${parameter.doc} (${parameter.allowed}); write for example ${example}${term.positional.length > 0 ? ", in quotes if it stands in a YAML list [a, b], where a comma ends an item" : ""}.`,
      );
  }
  const over = term.positional[taken];
  if (over !== undefined)
    throw new ProbeError("input", `${name} has the extra value ${over}; ${takes}, for example ${example}.`);
  return values;
}

function readValue(name: string, key: string, parameter: Parameter<unknown>, texts: readonly string[]): unknown {
  try {
    return parameter.read(texts);
  } catch (error) {
    if (error instanceof Unreadable) throw new ProbeError("input", `${name}'s ${key} ${error.message}.`);
    throw error;
  }
}

function write({ name, parameters }: Declared, values: Readonly<Record<string, unknown>>): string {
  const plain: string[] = [];
  const keyed: string[] = [];
  for (const [key, parameter] of Object.entries(parameters)) {
    const text = parameter.write(values[key]);
    if (text === null) continue;
    if (parameter.keyed) keyed.push(`${key}=${text}`);
    else plain.push(text);
  }
  const items = [...plain, ...keyed];
  return items.length === 0 ? name : `${name}:${items.join(",")}`;
}
