import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  betaCdf,
  betaQuantile,
  bisect,
  erf,
  erfc,
  logGamma,
  normalQuantile,
  normalTail,
} from "../../../src/schedule/math/specialFunctions.ts";
import { golden } from "../golden.ts";

interface SpecialFunctions {
  erf: { x: number; erf: number; erfc: number }[];
  probit: { p: number; x: number }[];
  beta: { a: number; b: number; p: number; x: number; cdf: number }[];
}

const expected = golden<SpecialFunctions>("special-functions");

function relative(value: number, truth: number): number {
  return value === truth ? 0 : Math.abs(value - truth) / Math.abs(truth);
}

describe("against SciPy", () => {
  test("erf and erfc agree to 1e-14, erfc also relatively", () => {
    for (const row of expected.erf) {
      expect(Math.abs(erf(row.x) - row.erf)).toBeLessThan(1e-15);
      expect(relative(erfc(row.x), row.erfc)).toBeLessThan(2e-14);
      expect(Math.abs(erf(-row.x) + row.erf)).toBeLessThan(1e-15);
    }
  });

  test("the probit agrees to 1e-14 relatively, far into the tail", () => {
    for (const { p, x } of expected.probit)
      expect(Math.abs(normalQuantile(p) - x)).toBeLessThan(1e-14 * (1 + Math.abs(x)));
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  });

  test.each(expected.beta)("the beta($a, $b) CDF and quantile at $p agree to 1e-13", ({ a, b, p, x, cdf }) => {
    expect(Math.abs(betaCdf(p, a, b) - cdf)).toBeLessThan(1e-13);
    expect(Math.abs(betaQuantile(p, a, b) - x)).toBeLessThan(1e-13);
  });
});

test("ln Γ gives the factorials and Γ(½) = √π", () => {
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 14);
  let factorial = 1;
  for (let n = 1; n <= 20; n++) {
    expect(Math.abs(logGamma(n) - Math.log(factorial))).toBeLessThan(1e-13);
    factorial *= n;
  }
});

test("quantiles invert their CDFs", () => {
  const shape = fc.double({ min: 0.1, max: 50, noNaN: true });
  const p = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
  fc.assert(
    fc.property(p, shape, shape, (probability, a, b) => {
      const x = betaQuantile(probability, a, b);
      expect(x).toBeGreaterThan(0);
      if (x < 1 - 1e-9) expect(Math.abs(betaCdf(x, a, b) - probability)).toBeLessThan(1e-6 * probability + 1e-9);
      expect(Math.abs(normalTail(-normalQuantile(probability)) - probability)).toBeLessThan(1e-14);
    }),
  );
});

test("bisection ends at neighbouring doubles", () => {
  const root = bisect((x) => x * x - 2, 0, 2);
  expect(Math.abs(root - Math.SQRT2)).toBeLessThan(3e-16);
});
