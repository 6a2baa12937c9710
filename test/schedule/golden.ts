import { readFileSync } from "node:fs";

/** Reads test/golden/schedule/NAME.json; scripts/golden-schedules.py makes it again. */
export function golden<T>(name: string): T {
  const path = new URL(`../golden/schedule/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/** The largest |a − b| over two lists of one length; NaN where the lengths differ. */
export function farthest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.NaN;
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);
}
