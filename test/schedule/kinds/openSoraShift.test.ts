import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { bfloat16 } from "../../../src/schedule/kinds/openSoraShift.ts";
import { farthest, golden } from "../golden.ts";

const { cases } = golden<{ cases: { spec: string; shift: number; sigmas: number[] }[] }>("open-sora");

test.each(cases)("$spec is Open-Sora's own shift, to the last bit of its dtype", ({ spec, shift, sigmas }) => {
  const schedule = parseSchedule(spec);
  expect(schedule.shift).toBe(shift);
  expect(farthest(schedule.sigmas(sigmas.length), sigmas)).toBeLessThan(2.4e-7);
});

test("1.x computes in bfloat16 by default, within 2% of the formula", () => {
  for (const { spec, shift } of cases.filter(({ spec }) => spec.endsWith("bfloat16"))) {
    const [bare = ""] = spec.split(",dtype");
    expect(parseSchedule(bare).shift).toBe(shift);
    const plain = parseSchedule(`${bare},dtype=float32`).shift ?? Number.NaN;
    expect(Math.abs(shift / plain - 1)).toBeLessThan(0.02);
  }
});

test("an image of 512x512 needs no shift, and more pixels or frames shift more", () => {
  const shift = (size: string, version: string): number =>
    parseSchedule(`open-sora-shift:${size},version=${version}`).shift ?? Number.NaN;
  for (const version of ["1.2", "1.3"]) expect(shift("512x512", version)).toBe(1);
  expect(shift("512x512x17", "1.2")).toBeCloseTo(Math.sqrt(5), 1);
  expect(shift("512x512x17", "1.3")).toBe(2);
  for (const version of ["1.2", "1.3", "2.0"]) {
    expect(shift("1024x1024x17", version)).toBeGreaterThan(shift("512x512x17", version));
    expect(shift("512x512x85", version)).toBeGreaterThan(shift("512x512x17", version));
  }
});

test.each([
  ["open-sora-shift:512x512", "open-sora-shift needs version"],
  ["open-sora-shift:512x512,version=1.4", "must be one of 1.2, 1.3, 2.0"],
  ["open-sora-shift:512x512,version=2.0,dtype=float32", "computes in float64, so leave it out"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});

describe("bfloat16", () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true, max: Math.fround(3e38), min: Math.fround(-3e38) });

  test("is the nearer of the two adjacent bfloat16 values", () => {
    fc.assert(
      fc.property(finite, (value) => {
        const rounded = bfloat16(value);
        expect(bfloat16(rounded)).toBe(rounded);
        const word = new DataView(new ArrayBuffer(4));
        word.setFloat32(0, value);
        const below = word.getUint32(0) & 0xffff0000;
        const beside = [below, below + 0x10000].map((bits) => {
          word.setUint32(0, bits);
          return word.getFloat32(0);
        });
        const least = Math.min(...beside.map((other) => Math.abs(other - value)));
        expect(Math.abs(rounded - value)).toBe(least);
      }),
    );
  });

  test.each([
    [1, 1],
    [854, 856],
    [850, 848],
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1.1, 1.1015625],
  ])("%d becomes %d; ties go to even", (value, rounded) => {
    expect(bfloat16(value)).toBe(rounded);
  });
});
