import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../src/schedule/index.ts";
import { farthest, golden } from "./golden.ts";

interface Case {
  spec: string;
  sigmas: number[];
}

interface EndsCase extends Case {
  min: number;
  max: number;
}

interface ByName {
  sigmas: Record<string, number[]>;
}

test.each(golden<{ cases: EndsCase[] }>("ends-to-ends").cases)(
  "$spec from $max to $min is diffusers' to 1e-12",
  ({ spec, min, max, sigmas }) => {
    const separator = spec.includes(":") ? "," : ":";
    const schedule = parseSchedule(`${spec}${separator}min=${min},max=${max}`);
    expect(farthest(schedule.exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
  },
);

test.each(Object.entries(golden<ByName>("quantiles").sigmas))("%s is SciPy's quantile to 1e-12", (spec, sigmas) => {
  expect(farthest(parseSchedule(spec).exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
});

test.each(Object.entries(golden<ByName>("article").sigmas))("%s draws the article's curve", (spec, sigmas) => {
  expect(farthest(parseSchedule(spec).exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
});

test.each(golden<{ cases: Case[] }>("optimal-steps").cases)("$spec is OptimalSteps' table", ({ spec, sigmas }) => {
  expect(farthest(parseSchedule(spec).exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
});

describe("bit for bit in float32", () => {
  test.each(golden<{ cases: Case[] }>("dynamic-shift").cases)("$spec is what diffusers runs", ({ spec, sigmas }) => {
    expect(parseSchedule(spec).sigmas(sigmas.length)).toStrictEqual(sigmas);
  });

  test.each(golden<{ cases: Case[] }>("double-shift").cases)("$spec is what diffusers runs", ({ spec, sigmas }) => {
    expect(parseSchedule(spec).sigmas(sigmas.length)).toStrictEqual(sigmas);
  });
});
