import { ProbeError } from "../errors.ts";
import type { Axis } from "./cell.ts";
import { draw } from "./draw.ts";
import { entries, type Given } from "./given.ts";
import type { Layers } from "./layers.ts";
import type { Distribution, Value } from "./schema.ts";

type DrawnBy = { readonly [K in Axis]?: Distribution | undefined };

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

/**
 * What multiplies cells: one factor a key of grid, then zip's lists as one, then the draws as one.
 *
 * @throws ProbeError kind input where a key is swept twice or zip's lists differ in length
 */
export function factors(layers: Layers): FactorChoices[] {
  checkOnce(layers);
  return [...gridFactors(layers.grid), ...zipFactor(layers.zip), ...randomFactor(layers.random)];
}
