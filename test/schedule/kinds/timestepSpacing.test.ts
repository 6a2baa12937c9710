import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProbeError } from "../../../src/errors.ts";
import { SCHEDULE_KINDS } from "../../../src/schedule/catalogue.ts";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { golden } from "../golden.ts";
import { FILES, specs } from "../specs.ts";

const { hashes, values } = golden<{ hashes: Record<string, string[]>; values: Record<string, number[]> }>(
  "timestep-spacing",
);

/** The timesteps that a server reads from the float32 sigmas. */
function timesteps(spec: string, steps: number): number[] {
  return parseSchedule(spec, FILES)
    .sigmas(steps)
    .map((sigma) => Math.round(1000 * sigma) - 1);
}

test.each(Object.entries(values))("spacing/N %s is diffusers' DDIM timesteps", (key, expected) => {
  const [spec = "", steps] = key.split("/");
  expect(timesteps(spec, Number(steps))).toStrictEqual(expected);
});

test.each(Object.entries(hashes))("%s is diffusers' at every N from 1 to 999", (spec, expected) => {
  const found = expected.map((_, block) => {
    const lists = Array.from({ length: 37 }, (_, k) => timesteps(spec, 37 * block + k + 1));
    const bytes = Buffer.from(Int32Array.from(lists.flat()).buffer);
    return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  });
  expect(found).toStrictEqual(expected);
});

describe.each(["trailing", "leading", "linspace", "thousandths"])("%s", (name) => {
  const kind = SCHEDULE_KINDS.find((known) => known.name === name);
  if (kind === undefined) throw new Error(`There is no schedule ${name}.`);

  test("sends float32 values that are whole thousandths, which read back the same in float64 and float32", () => {
    let ran = 0;
    fc.assert(
      fc.property(specs(kind), fc.integer({ min: 1, max: 200 }), (spec, steps) => {
        let sent: number[];
        try {
          const schedule = parseSchedule(spec, FILES);
          sent = schedule.sigmas(schedule.fixedSteps ?? steps);
        } catch (error) {
          expect(error).toBeInstanceOf(ProbeError);
          return;
        }
        for (const sigma of sent) {
          const whole = Math.round(1000 * sigma);
          expect(Math.abs(1000 * sigma - whole)).toBeLessThan(1e-4);
          expect(Math.round(Math.fround(sigma * 1000))).toBe(whole);
          expect(sigma).toBe(Math.fround(whole / 1000));
        }
        ran += 1;
      }),
    );
    expect(ran).toBeGreaterThan(5);
  });
});

test("thousandths rounds each sigma of another schedule or of a list, and leaves whole ones unchanged", () => {
  expect(parseSchedule("thousandths+shift:7").exact(5)).toStrictEqual([1, 0.966, 0.913, 0.824, 0.636]);
  expect(parseSchedule("thousandths+sigmas:1,.7777,.5").exact(3)).toStrictEqual([1, 0.778, 0.5]);
  expect(parseSchedule("thousandths+trailing").exact(7)).toStrictEqual(parseSchedule("trailing").exact(7));
});

test("an offset is spelled out", () => {
  expect(parseSchedule("leading").spec).toBe("leading:offset=0");
});

test("all spacings use every timestep at 1000 steps, and refuse more steps", () => {
  const all = Array.from({ length: 1000 }, (_, index) => 999 - index);
  for (const spec of ["trailing", "leading", "linspace"]) {
    expect(timesteps(spec, 1000)).toStrictEqual(all);
    expect(() => parseSchedule(spec).sigmas(1001)).toThrow("is not a schedule at 1001 steps");
  }
});

test.each([
  ["leading:offset=1", 1000, "sigma[0] is 1.001, outside (0, 1]"],
  ["thousandths+shift:17", 100, "sigma[2] is 0.999, not below sigma[1] = 0.999"],
  ["thousandths+karras:min=1e-4", 10, "is 0, outside (0, 1]"],
] as const)("%s at %i steps is refused", (spec, steps, message) => {
  expect(() => parseSchedule(spec).sigmas(steps)).toThrow(message);
});
