import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

interface EndsCase {
  spec: string;
  min: number;
  max: number;
  sigmas: number[];
}

test.each(golden<{ cases: EndsCase[] }>("ends-to-ends").cases)(
  "$spec from $max to $min is diffusers' to 1e-12",
  ({ spec, min, max, sigmas }) => {
    const separator = spec.includes(":") ? "," : ":";
    const schedule = parseSchedule(`${spec}${separator}min=${min},max=${max}`);
    expect(farthest(schedule.exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
  },
);
