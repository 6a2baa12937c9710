import type { Axis } from "./cell.ts";
import type { Value, Values } from "./schema.ts";

/** A value with the place in the experiment that gave it. */
export interface Given {
  readonly value: Value;
  readonly path: string;
}

/** What the cell in the making is given, by key. */
export type Assignment = ReadonlyMap<Axis, Given>;

/** The keys of a section that are there, in the order in which they are written. */
export function entries<V>(values: { readonly [K in Axis]?: V | undefined }): [Axis, V][] {
  return Object.entries(values).filter((entry): entry is [Axis, V] => entry[1] !== undefined);
}

/** Values by key, each with its place below `path`. */
export function assign(values: Values, path: string): [Axis, Given][] {
  return entries<Value>(values).map(([axis, value]) => [axis, { value, path: `${path}.${axis}` }]);
}
