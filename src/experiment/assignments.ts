import { createHash } from "node:crypto";
import { didYouMean, ProbeError } from "../errors.ts";
import { AXES, type Axis, DEFAULTS } from "./cell.ts";
import { type Distribution, type Experiment, MOST_CELLS, type Sections, type Value, type Values } from "./schema.ts";

/** A value with the place in the experiment that gave it. */
export interface SourcedValue {
  readonly value: Value;
  readonly path: string;
  /** Whether it is a default, which the experiment does not write. */
  readonly implied?: boolean;
}

/** The sourced values of one future cell, by key. */
export type Assignment = ReadonlyMap<Axis, SourcedValue>;

/** The defined keys of a section, in the order in which they are written. */
export function entries<V>(values: { readonly [K in Axis]?: V | undefined }): [Axis, V][] {
  return Object.entries(values).filter((entry): entry is [Axis, V] => entry[1] !== undefined);
}

/** Values by key, each with its place below `path`. */
export function assign(values: Values, path: string): [Axis, SourcedValue][] {
  return entries<Value>(values).map(([axis, value]) => [axis, { value, path: `${path}.${axis}` }]);
}

/** An experiment with a profile applied: the values of every cell, and each section with its path. */
export interface Layers {
  readonly base: readonly [Axis, SourcedValue][];
  readonly grid: { readonly grid: NonNullable<Sections["grid"]>; readonly path: string };
  readonly zip: { readonly zip: NonNullable<Sections["zip"]>; readonly path: string };
  readonly random: { readonly random: Sections["random"]; readonly path: string };
  readonly exclude: { readonly exclude: NonNullable<Sections["exclude"]>; readonly path: string };
}

/**
 * Applies a profile: its values override base, and its sections replace the experiment's.
 *
 * @throws ProbeError kind input if the experiment has no such profile
 */
export function layers(experiment: Experiment, profile: string | undefined): Layers {
  const chosen = profile === undefined ? undefined : experiment.profiles?.[profile];
  if (profile !== undefined && chosen === undefined) {
    const known = Object.keys(experiment.profiles ?? {});
    const has = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
    throw new ProbeError(
      "input",
      `The experiment ${experiment.name} has no profile ${profile}${didYouMean(profile, known)}; ${has}.`,
      { path: "profiles" },
    );
  }
  const { grid, zip, random, exclude, ...values } = chosen ?? {};
  const pathOf = (section: keyof Sections, own: unknown) =>
    own === undefined ? section : `profiles.${profile}.${section}`;
  return {
    base: [...assign(experiment.base ?? {}, "base"), ...assign(values, `profiles.${profile}`)],
    grid: { grid: grid ?? experiment.grid ?? {}, path: pathOf("grid", grid) },
    zip: { zip: zip ?? experiment.zip ?? {}, path: pathOf("zip", zip) },
    random: { random: random ?? experiment.random, path: pathOf("random", random) },
    exclude: { exclude: exclude ?? experiment.exclude ?? [], path: pathOf("exclude", exclude) },
  };
}

/**
 * A number in [0, 1) with 53 random bits: the first bits of sha256("seed/axis/index"). Draws are independent of each
 * other, so that more draws or another axis change none of the earlier ones.
 */
function unit(seed: number, axis: Axis, index: number): number {
  const digest = createHash("sha256").update(`${seed}/${axis}/${index}`).digest();
  return Number(digest.readBigUInt64BE() >> 11n) / 2 ** 53;
}

function checkRange(low: number, high: number, path: string, least = Number.NEGATIVE_INFINITY): void {
  if (low < high && low > least) return;
  const allowed = least === 0 ? "above 0 and the second above the first" : "the second above the first";
  throw new ProbeError("input", `${path} is [${low}, ${high}]; both must be numbers, ${allowed}.`, { path });
}

/**
 * Draw number `index` of an axis.
 *
 * @param path of the distribution, for error messages
 */
export function draw(distribution: Distribution, seed: number, axis: Axis, index: number, path: string): Value {
  const at = unit(seed, axis, index);
  if ("uniform" in distribution) {
    const [low, high] = distribution.uniform;
    checkRange(low, high, `${path}.uniform`);
    return low + at * (high - low);
  }
  if ("log_uniform" in distribution) {
    const [low, high] = distribution.log_uniform;
    checkRange(low, high, `${path}.log_uniform`, 0);
    return low * (high / low) ** at;
  }
  if ("integer" in distribution) {
    const [low, high] = distribution.integer;
    checkRange(low, high, `${path}.integer`);
    return low + Math.floor(at * (high - low + 1));
  }
  const value = distribution.choice[Math.floor(at * distribution.choice.length)];
  if (value === undefined) throw new ProbeError("internal", `${path}.choice has no value ${at}.`, { path });
  return value;
}

type DrawnBy = { readonly [K in Axis]?: Distribution | undefined };

/** Alternatives, of which each cell takes one. */
type Alternatives = readonly (readonly [Axis, SourcedValue][])[];

function gridAlternatives({ grid, path }: Layers["grid"]): Alternatives[] {
  return entries<readonly Value[]>(grid).map(([axis, values]) =>
    values.map((value, index): [Axis, SourcedValue][] => [[axis, { value, path: `${path}.${axis}[${index}]` }]]),
  );
}

function zipAlternatives({ zip, path }: Layers["zip"]): Alternatives[] {
  const columns = entries<readonly Value[]>(zip);
  const [first] = columns;
  if (first === undefined) return [];
  for (const [axis, values] of columns) {
    if (values.length === first[1].length) continue;
    throw new ProbeError(
      "input",
      `${path}.${axis} has ${values.length} values and ${path}.${first[0]} has ${first[1].length}; lists in zip ` +
        `must have the same length.`,
      { path: `${path}.${axis}` },
    );
  }
  const rows = first[1].map((_, index) =>
    columns.flatMap(([axis, values]): [Axis, SourcedValue][] => {
      const value = values[index];
      return value === undefined ? [] : [[axis, { value, path: `${path}.${axis}[${index}]` }]];
    }),
  );
  return [rows];
}

function randomAlternatives({ random, path }: Layers["random"]): Alternatives[] {
  if (random === undefined) return [];
  const drawn = Array.from({ length: random.count }, (_, index) =>
    entries(random.draw as DrawnBy).map(([axis, distribution]): [Axis, SourcedValue] => {
      const at = `${path}.draw.${axis}`;
      return [axis, { value: draw(distribution, random.seed, axis, index, at), path: at }];
    }),
  );
  return [drawn];
}

function checkOnce(layers: Layers): void {
  const places = new Map<Axis, string>();
  const sources = [
    { path: layers.grid.path, keys: Object.keys(layers.grid.grid) },
    { path: layers.zip.path, keys: Object.keys(layers.zip.zip) },
    { path: `${layers.random.path}.draw`, keys: Object.keys(layers.random.random?.draw ?? {}) },
  ];
  for (const { path, keys } of sources) {
    for (const axis of keys as Axis[]) {
      const before = places.get(axis);
      const here = `${path}.${axis}`;
      if (before !== undefined) {
        throw new ProbeError("input", `${here} is swept twice, since ${before} sweeps it too; keep one of them.`, {
          path: here,
        });
      }
      places.set(axis, here);
    }
  }
}

/**
 * The lists of alternatives whose product is the cells: one per key of grid, then one for zip, then one for the draws.
 *
 * @throws ProbeError kind input if a key is swept twice or zip's lists differ in length
 */
export function alternatives(layers: Layers): Alternatives[] {
  checkOnce(layers);
  return [...gridAlternatives(layers.grid), ...zipAlternatives(layers.zip), ...randomAlternatives(layers.random)];
}

function canonical(value: Value | undefined): string {
  return JSON.stringify(value);
}

function withoutExcluded(assignments: Assignment[], { exclude, path }: Layers["exclude"]): Assignment[] {
  let remaining = assignments;
  exclude.forEach((entry, index) => {
    const wanted = entries<Value>(entry);
    const matches = (assignment: Assignment) =>
      wanted.every(([axis, value]) => canonical(assignment.get(axis)?.value) === canonical(value));
    const left = remaining.filter((assignment) => !matches(assignment));
    const here = `${path}[${index}]`;
    if (wanted.length === 0 || left.length === remaining.length) {
      const why = wanted.length === 0 ? "is empty" : "matches no remaining cell";
      throw new ProbeError("input", `${here} ${why}; use values exactly as written in the experiment.`, { path: here });
    }
    remaining = left;
  });
  if (remaining.length === 0) {
    throw new ProbeError("input", `${path} excludes every cell (${assignments.length}); remove an entry.`, { path });
  }
  return remaining;
}

/**
 * grid × zip × random, minus exclude, over base and the defaults, in this order: the first key of grid changes slowest,
 * then zip, then the draws.
 *
 * @throws ProbeError kind input
 */
export function assignments(layers: Layers): Assignment[] {
  const sections = alternatives(layers);
  const count = sections.reduce((product, factor) => product * factor.length, 1);
  if (count > MOST_CELLS) {
    throw new ProbeError("input", `The experiment has ${count} cells; at most ${MOST_CELLS} are allowed.`);
  }
  const base: [Axis, SourcedValue][] = [
    ...entries<Value>(DEFAULTS).map(([axis, value]): [Axis, SourcedValue] => [
      axis,
      { value, path: `base.${axis}`, implied: true },
    ]),
    ...layers.base,
  ];
  const all = sections.reduce<[Axis, SourcedValue][][]>(
    (before, factor) => before.flatMap((assignment) => factor.map((choice) => [...assignment, ...choice])),
    [base],
  );
  return withoutExcluded(
    all.map((entry) => new Map(entry)),
    layers.exclude,
  );
}

/** The axes that an experiment varies, in the order in which it names them, then all others. */
export function namedAxes(layers: Layers): Axis[] {
  const named = [layers.grid.grid, layers.zip.zip, layers.random.random?.draw ?? {}].flatMap(
    (section) => Object.keys(section) as Axis[],
  );
  return [...new Set([...named, ...AXES])];
}
