import { ProbeError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";
import type { ShapedSchedule } from "../create.ts";
import type { Shape } from "../shape.ts";
import { type Parameter, Unreadable } from "./parameter.ts";
import type { Term } from "./term.ts";

/** What the pure code may ask of the world. */
export interface Ports {
  /** Text of a file; may throw, and its message is then passed on. */
  readonly readFile?: (path: string) => string;
}

/** What the list of schedules tells about a family. */
export interface FamilyText {
  readonly name: string;
  /** One line: what it is. */
  readonly summary: string;
  readonly formula: string;
  /** φ'(1), where sampling begins, and φ'(0), where it ends. */
  readonly slopes: string;
  /** Paper or project. */
  readonly source: string;
  /** A specification that reads. */
  readonly example: string;
}

type Values<P> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** How many schedules a family works on. */
type Arity = 0 | 1 | 2;

type Operands<N extends Arity> = N extends 2
  ? readonly [ShapedSchedule, ShapedSchedule]
  : N extends 1
    ? readonly [ShapedSchedule]
    : readonly [];

interface Definition<P extends Parameters, N extends Arity> extends FamilyText {
  /** In the order in which values without a key are taken. */
  readonly parameters: P;
  /** How many schedules stand behind it, each after a `+`. */
  readonly operands?: N;
  /**
   * @returns the numbers, or the specification that this one stands for
   * @throws ProbeError kind input where the values do not go together
   */
  build(values: Values<P>, operands: Operands<N>, ports: Ports): Shape | string;
}

/** What a family makes of one term. */
export interface Built {
  /** The canonical form: every default that counts is spelled out. */
  readonly spec: string;
  readonly made: Shape | string;
}

/** A kind of schedule under one name, as the registry holds it. */
export interface Family extends FamilyText {
  readonly parameters: Parameters;
  readonly operands: number;
  build(term: Term, operands: readonly ShapedSchedule[], ports: Ports): Built;
}

/** Makes a family from its parameters and its formula: reads, checks and writes the short form for it. */
export function family<const P extends Parameters, const N extends Arity = 0>(definition: Definition<P, N>): Family {
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

type Declared = Pick<Family, "name" | "example" | "parameters">;

function readValues(term: Term, { name, example, parameters }: Declared): Record<string, unknown> {
  const keys = Object.keys(parameters);
  for (const key of term.named.keys()) {
    if (keys.includes(key)) continue;
    const known = keys.length === 0 ? "it takes none" : `it takes ${keys.join(", ")}${didYouMean(key, keys)}`;
    throw new ProbeError("input", `${name} has no parameter ${key}; ${known}.`);
  }
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
        `${name} needs ${key}, ${parameter.doc} (${parameter.allowed}); write for example ${example}${term.positional.length > 0 ? ", in quotes where YAML's [a, b] would cut it at a comma" : ""}.`,
      );
  }
  const over = term.positional[taken];
  if (over !== undefined) {
    const known = keys.length === 0 ? "it takes none" : `it takes ${keys.join(", ")}`;
    throw new ProbeError("input", `${name} has ${over} as one value too many; ${known}, for example ${example}.`);
  }
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
