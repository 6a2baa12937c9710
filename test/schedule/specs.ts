import fc from "fast-check";
import { SCHEDULE_KINDS } from "../../src/schedule/catalogue.ts";
import type { Parameter } from "../../src/schedule/parameter.ts";
import type { ScheduleKind } from "../../src/schedule/scheduleKind.ts";

/** The parameter that each sort of preset needs. */
export const PRESET_INPUT = { nothing: "", tokens: ",tokens=4096", size: ",size=640x352x61" } as const;

/** The only file that `file:` can read in these tests. */
export const FILES = { readFile: (): string => "[1, 0.7, 0.4]" };

const unit = fc.double({ min: 1e-4, max: 1, noNaN: true });
const falling = fc
  .uniqueArray(unit, { minLength: 1, maxLength: 12 })
  .map((values) => values.sort((a, b) => b - a).join(","));
const rising = fc.uniqueArray(fc.tuple(unit, unit), { minLength: 1, maxLength: 6 }).map((pairs) => {
  const [ts, sigmas] = [0, 1].map((axis) => pairs.map((pair) => pair[axis] ?? 0).sort((a, b) => a - b));
  return (ts ?? []).map((t, index) => `${t}=${sigmas?.[index]}`).join(",");
});
const sizes = fc.constantFrom("512x512", "1024x1024", "768x512x97", "320x512");

/** Values of the parameters that neither an interval nor a list of words describes. */
const SPECIAL: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "sigmas.values": falling,
  "points.points": rising,
  "file.path": fc.constant("any.json"),
  "knock-out.path": fc.constant("any.json"),
  "resolution-shift.size": sizes,
  "resolution-shift.base": sizes,
  "open-sora-shift.size": sizes,
  "preset.size": sizes,
};

/** Doubles of ordinary magnitude, evenly distributed; sometimes any double of the interval, including subnormal ones. */
function doubles(min: number, max: number): fc.Arbitrary<number> {
  const even = (from: number, to: number): fc.Arbitrary<number> =>
    fc.integer({ min: 0, max: 100_000 }).map((k) => from + ((to - from) * k) / 100_000);
  return fc.oneof(
    { weight: 8, arbitrary: even(Math.max(min, -3), Math.min(max, 20)) },
    { weight: 2, arbitrary: even(min, max) },
    { weight: 1, arbitrary: fc.double({ min, max, noNaN: true }) },
  );
}

function value(kind: string, key: string, { domain }: Parameter<unknown>): fc.Arbitrary<string> {
  if (domain === null) return SPECIAL[`${kind}.${key}`] ?? fc.constant("missing from SPECIAL");
  if (!("min" in domain)) return fc.constantFrom(...domain);
  const [min, max] = [Math.max(domain.min, -50), Math.min(domain.max, 1e4)];
  if (domain.integer) return fc.integer({ min, max }).map(String);
  const inside = (x: number): boolean =>
    (x > domain.min || domain.open === "none" || domain.open === "max") &&
    (x < domain.max || domain.open === "none" || domain.open === "min");
  return doubles(min, max)
    .filter(inside)
    .map((x) => String(x).replace("+", ""));
}

function terms(kind: ScheduleKind): fc.Arbitrary<string> {
  const entries = Object.entries(kind.parameters).map(([key, parameter]) => {
    const text = value(kind.name, key, parameter);
    const written = parameter.rest ? text : text.map((shown) => `${key}=${shown}`);
    return parameter.fallback === undefined ? written : fc.option(written, { nil: "", freq: 2 });
  });
  return fc.tuple(...entries).map((items) => {
    const shown = items.filter((item) => item !== "");
    return shown.length === 0 ? kind.name : `${kind.name}:${shown.join(",")}`;
  });
}

const leaves = SCHEDULE_KINDS.filter(({ operands }) => operands === 0);
const lists = leaves.filter(({ name }) => name === "sigmas" || name === "file");

/** Random specifications of one kind; if it operates on other schedules, random ones of the others follow. */
export function specs(kind: ScheduleKind): fc.Arbitrary<string> {
  const behind = fc.oneof(...(kind.name === "resample" ? lists : leaves).map(terms));
  return fc.tuple(terms(kind), ...Array.from({ length: kind.operands }, () => behind)).map((parts) => parts.join("+"));
}
