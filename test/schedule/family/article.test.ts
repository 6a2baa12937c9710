import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";

test("g is refused as it stands, with its value at 1 and what is had instead", () => {
  expect(() => parseSchedule("g:7")).toThrow(
    "g:7 is no shift function: g(1) = (s + 1)/2 = 4, not 1 (and g'(0) = s² = 49, not s); write g:7,form=normalised for g(t)/g(1), whose slopes are φ'(1) = 0.03571428571428571 and φ'(0) = 12.25.",
  );
});

test("g integrates s²/(1 + (s − 1)t)³, which is s² and not s where t = 0", () => {
  const s = 7;
  const g = (t: number): number => (s * s * t * (1 + ((s - 1) * t) / 2)) / (1 + (s - 1) * t) ** 2;
  for (const t of [0.1, 0.5, 0.9]) {
    const slope = (g(t + 1e-5) - g(t - 1e-5)) / 2e-5;
    expect(slope).toBeCloseTo(s ** 2 / (1 + (s - 1) * t) ** 3, 5);
  }
  expect(g(1e-9) / 1e-9).toBeCloseTo(s * s, 4);
  expect(g(1)).toBeCloseTo((s + 1) / 2, 14);
});

test("the normalised g is the CDF of a density that falls as x⁻³", () => {
  const s = 7;
  const { phi } = parseSchedule(`g:${s},form=normalised`);
  const cdf = (t: number): number => (1 - (1 + (s - 1) * t) ** -2) / (1 - s ** -2);
  for (const t of [0.05, 0.3, 0.8, 1]) expect(phi?.(t)).toBeCloseTo(cdf(t), 13);
});

test("h is refused as it stands and names the Cauchy window that keeps the first slope", () => {
  expect(() => parseSchedule("lorentz:7")).toThrow(/h\(1\) = s·arctan\(r\)\/r = 1\.44\d+, not 1; .*cdf:cauchy,s=7/);
});

test("at s = 1 both are linear as they stand", () => {
  for (const spec of ["g:1", "lorentz:1"]) expect(parseSchedule(spec).exact(4)).toStrictEqual([1, 0.75, 0.5, 0.25]);
});
