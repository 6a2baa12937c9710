import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

const quantiles = golden<{ sigmas: Record<string, number[]> }>("quantiles").sigmas;

test.each(Object.entries(quantiles))("%s is SciPy's quantile to 1e-12", (spec, sigmas) => {
  expect(farthest(parseSchedule(spec).exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
});

test.each(["g:7", "g:7,form=as-is"])(
  "%s is refused with its value at 1 and the slopes of the normalised form",
  (spec) => {
    for (const fact of [
      "g(1) = (s + 1)/2 = 4",
      "g'(0) = s² = 49",
      "g:7,form=normalised",
      "0.03571428571428571",
      "12.25",
    ])
      expect(() => parseSchedule(spec)).toThrow(fact);
  },
);

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

test("h is refused as it stands; the message names the Cauchy window that keeps the first slope", () => {
  expect(() => parseSchedule("lorentz:7")).toThrow(/h\(1\) = s·arctan\(r\)\/r = 1\.44\d+, not 1; .*cdf:cauchy,s=7/);
});

test("at s = 1 both are linear as they stand, and the canonical form says so", () => {
  for (const spec of ["g:1", "lorentz:1"]) {
    expect(parseSchedule(spec).exact(4)).toStrictEqual([1, 0.75, 0.5, 0.25]);
    expect(parseSchedule(spec).spec).toBe(`${spec},form=as-is`);
  }
});

test("the sigmoid noise schedule is a logistic window", () => {
  expect(
    farthest(parseSchedule("sigmoid").exact(30), parseSchedule("cdf-window:logistic,-3,3").exact(30)),
  ).toBeLessThan(1e-15);
  const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
  const closed = Array.from({ length: 30 }, (_, i) => (sigma(3 - (6 * i) / 30) - sigma(-3)) / (sigma(3) - sigma(-3)));
  expect(farthest(parseSchedule("sigmoid").exact(30), closed)).toBeLessThan(1e-14);
});

test.each([
  ["sigmoid:start=1,end=1", "must be below end, which is 1, by at least 0.001·τ = 0.001"],
  ["sigmoid:start=-1e-300,end=0", "must be below end, which is 0, by at least 0.001·τ = 0.001"],
  ["sigmoid:start=99,end=100,tau=.1", "is so far out at τ = 0.1"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});
