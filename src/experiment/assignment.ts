import { ProbeError } from "../errors.ts";
import { AXES, type Axis, DEFAULTS } from "./cell.ts";
import { draw } from "./draw.ts";
import type { Layers } from "./layers.ts";
import type { Distribution, Value, Values } from "./schema.ts";

/** A value with the place in the experiment that gave it. */
export interface Given {
  readonly value: Value;
  readonly path: string;
}

/** What the cell in the making is given, by key. */
export type Assignment = ReadonlyMap<Axis, Given>;

type DrawnBy = { readonly [K in Axis]?: Distribution | undefined };

/** More cells than this are taken for a slip of the keyboard. */
const MOST_CELLS = 100_000;

function entries<V>(values: { readonly [K in Axis]?: V | undefined }): [Axis, V][] {
  return Object.entries(values).filter((entry): entry is [Axis, V] => entry[1] !== undefined);
}

/** Values by key, each with its place below `path`. */
export function assign(values: Values, path: string): [Axis, Given][] {
  return entries<Value>(values).map(([axis, value]) => [axis, { value, path: `${path}.${axis}` }]);
}

/** Alternatives: of each factor a cell takes one, the first factor changing slowest. */
type FactorChoices = readonly (readonly [Axis, Given][])[];

function gridFactors({ grid, path }: Layers["grid"]): FactorChoices[] {
  return entries<readonly Value[]>(grid).map(([axis, values]) =>
    values.map((value, index): [Axis, Given][] => [[axis, { value, path: `${path}.${axis}[${index}]` }]]),
  );
}

function zipFactor({ zip, path }: Layers["zip"]): FactorChoices[] {
  const columns = entries<readonly Value[]>(zip);
  const [first] = columns;
  if (first === undefined) return [];
  for (const [axis, values] of columns) {
    if (values.length === first[1].length) continue;
    throw new ProbeError(
      "input",
      `${path}.${axis} has ${values.length} values and ${path}.${first[0]} has ${first[1].length}; lists that are ` +
        `zipped must be of one length.`,
      { path: `${path}.${axis}` },
    );
  }
  const rows = first[1].map((_, index) =>
    columns.flatMap(([axis, values]): [Axis, Given][] => {
      const value = values[index];
      return value === undefined ? [] : [[axis, { value, path: `${path}.${axis}[${index}]` }]];
    }),
  );
  return [rows];
}

function randomFactor({ random, path }: Layers["random"]): FactorChoices[] {
  if (random === undefined) return [];
  const drawn = Array.from({ length: random.count }, (_, index) =>
    entries(random.draw as DrawnBy).map(([axis, distribution]): [Axis, Given] => {
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
        throw new ProbeError("input", `${here} is swept twice, as ${before} gives it too; keep one of them.`, {
          path: here,
        });
      }
      places.set(axis, here);
    }
  }
}

function canonical(value: Value | undefined): string {
  return JSON.stringify(value);
}

function withoutExcluded(assignments: Assignment[], { exclude, path }: Layers["exclude"]): Assignment[] {
  let kept = assignments;
  exclude.forEach((entry, index) => {
    const wanted = entries<Value>(entry);
    const meets = (assignment: Assignment) =>
      wanted.every(([axis, value]) => canonical(assignment.get(axis)?.value) === canonical(value));
    const left = kept.filter((assignment) => !meets(assignment));
    const here = `${path}[${index}]`;
    if (wanted.length === 0 || left.length === kept.length) {
      const why = wanted.length === 0 ? "is empty" : "meets no cell that is still there";
      throw new ProbeError(
        "input",
        `${here} ${why}; each entry must name values that some cell has, as the experiment writes them.`,
        { path: here },
      );
    }
    kept = left;
  });
  if (kept.length === 0) {
    throw new ProbeError("input", `${path} leaves no cell of ${assignments.length}; take an entry out.`, { path });
  }
  return kept;
}

/**
 * grid × zip × random, minus exclude, over base and the defaults. The order is that of the words: the first key of grid
 * changes slowest, then zip's lists as one, then the draws.
 *
 * @throws ProbeError kind input
 */
export function assignments(layers: Layers): Assignment[] {
  checkOnce(layers);
  const factors = [...gridFactors(layers.grid), ...zipFactor(layers.zip), ...randomFactor(layers.random)];
  const count = factors.reduce((product, factor) => product * factor.length, 1);
  if (count > MOST_CELLS) {
    throw new ProbeError("input", `The experiment has ${count} cells; at most ${MOST_CELLS} are allowed.`);
  }
  const base: [Axis, Given][] = [
    ...entries<Value>(DEFAULTS).map(([axis, value]): [Axis, Given] => [axis, { value, path: axis }]),
    ...layers.base,
  ];
  const all = factors.reduce<[Axis, Given][][]>(
    (before, factor) => before.flatMap((assignment) => factor.map((choice) => [...assignment, ...choice])),
    [base],
  );
  return withoutExcluded(
    all.map((entry) => new Map(entry)),
    layers.exclude,
  );
}

/** The keys that an experiment varies, in the order in which it names them, then all others. */
export function namedAxes(layers: Layers): Axis[] {
  const named = [layers.grid.grid, layers.zip.zip, layers.random.random?.draw ?? {}].flatMap(
    (section) => Object.keys(section) as Axis[],
  );
  return [...new Set([...named, ...AXES])];
}
