import { ProbeError } from "../errors.ts";
import { AXES, type Axis, DEFAULTS } from "./cell.ts";
import { factors } from "./factors.ts";
import { type Assignment, entries, type Given } from "./given.ts";
import type { Layers } from "./layers.ts";
import { MOST_CELLS, type Value } from "./schema.ts";

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
  const sections = factors(layers);
  const count = sections.reduce((product, factor) => product * factor.length, 1);
  if (count > MOST_CELLS) {
    throw new ProbeError("input", `The experiment has ${count} cells; at most ${MOST_CELLS} are allowed.`);
  }
  const base: [Axis, Given][] = [
    ...entries<Value>(DEFAULTS).map(([axis, value]): [Axis, Given] => [axis, { value, path: `base.${axis}` }]),
    ...layers.base,
  ];
  const all = sections.reduce<[Axis, Given][][]>(
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
