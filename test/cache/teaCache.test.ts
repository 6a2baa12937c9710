import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SIGNALS } from "../../src/cache/coefficients.ts";
import { evaluate, negativeIntervals, TEACACHE_NAMES, teaCache } from "../../src/cache/teaCache.ts";
import { ProbeError } from "../../src/errors.ts";

describe.each(TEACACHE_NAMES)("%s", (name) => {
  const cache = teaCache(name);

  test("names its model, setting, signal, and the file and commit it came from", () => {
    expect(cache.name).toBe(name);
    expect(cache.model).toMatch(/^[A-Z]/);
    expect(cache.domain).toMatch(/\d+ \w*\s?steps/);
    expect(Object.keys(SIGNALS)).toContain(cache.signal);
    expect(cache.source).toMatch(/^\w+ \S+\.(py|json)(:\d+)?\b.* at [0-9a-f]{7}/);
  });

  test("has finite coefficients of degree 4 or 5, the highest not 0", () => {
    expect([4, 5]).toContain(cache.degree);
    expect(cache.coefficients).toHaveLength(cache.degree + 1);
    expect(cache.coefficients.every(Number.isFinite)).toBe(true);
    expect(cache.coefficients[0]).not.toBe(0);
  });

  test("has rising thresholds, and a larger threshold is never slower", () => {
    expect(cache.thresholds.length).toBeGreaterThan(0);
    cache.thresholds.forEach(({ threshold, speedup }, index) => {
      expect(threshold).toBeGreaterThan(cache.thresholds[index - 1]?.threshold ?? 0);
      expect(speedup ?? 2).toBeGreaterThan(cache.thresholds[index - 1]?.speedup ?? 1);
    });
    expect(cache.forced.first).toBeGreaterThan(0);
  });

  test("rescales d by its polynomial, below 0 on its negative intervals only", () => {
    const { coefficients, degree, negative } = cache;
    expect(cache.rescaled(0)).toBe(coefficients.at(-1));
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (d) => {
        const terms = coefficients.map((coefficient, index) => coefficient * d ** (degree - index));
        const [sum, size] = [terms, terms.map(Math.abs)].map((list) => list.reduce((a, b) => a + b, 0));
        expect(Math.abs(cache.rescaled(d) - (sum ?? Number.NaN))).toBeLessThanOrEqual(1e-14 * (size ?? 0));
        if (cache.rescaled(d) < 0) expect(negative.some(({ from, to }) => from <= d && d <= to)).toBe(true);
      }),
    );
  });

  test("refuses a value that cannot be a relative L1", () => {
    for (const d of [-1e-9, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => cache.rescaled(d)).toThrow(ProbeError);
  });
});

test("HunyuanVideo's P falls to .052 on [0, .3]: δ = .1 skips one step in a row at most, δ = .15 two", () => {
  const cache = teaCache("hunyuan");
  const least = Math.min(...Array.from({ length: 3001 }, (_, k) => cache.rescaled(k / 1e4)));
  expect(least).toBeCloseTo(0.052, 3);
  expect(cache.thresholds.map(({ threshold }) => Math.ceil(threshold / least) - 1)).toStrictEqual([1, 2]);
});

test("Wan2.1 14B's P is below 0 for every d below .1296", () => {
  expect(teaCache("wan2.1-t2v-14b").negative[0]).toStrictEqual({ from: 0, to: expect.closeTo(0.1296, 4) });
});

test.each([
  ["hunyaun", "did you mean hunyuan?"],
  ["toString", "There are no TeaCache coefficients for toString"],
])("%s is refused by name", (name, message) => {
  expect(() => teaCache(name)).toThrow(message);
});

// Smaller values have fewer digits in a double than the tolerances require.
const coefficient = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((c) => (Math.abs(c) < 1e-60 ? 0 : c));
const coefficients = fc.array(coefficient, { minLength: 1, maxLength: 7 });
const places = fc.double({ min: 0, max: 1, noNaN: true }).map((x) => (x < 1e-30 ? 0 : x));

test("equals the sum of its powers", () => {
  fc.assert(
    fc.property(coefficients, places, (given, x) => {
      const degree = given.length - 1;
      const terms = given.map((coefficient, index) => coefficient * x ** (degree - index));
      const sum = terms.reduce((a, b) => a + b, 0);
      const size = terms.reduce((a, b) => a + Math.abs(b), 0);
      expect(Math.abs(evaluate(given, x) - sum)).toBeLessThanOrEqual(1e-14 * size);
    }),
  );
});

test("its negative intervals contain every place where it is below 0 and none where it is above", () => {
  fc.assert(
    fc.property(coefficients, places, (given, x) => {
      const size = given.reduce((a, b) => a + Math.abs(b), 0);
      const value = evaluate(given, x);
      if (Math.abs(value) <= 1e-9 * size) return;
      const inside = negativeIntervals(given, 1).some(({ from, to }) => from <= x && x <= to);
      expect(inside).toBe(value < 0);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [[1, -0.5], 1, [{ from: 0, to: 0.5 }]],
  [[1, -1, 3 / 16], 1, [{ from: 0.25, to: 0.75 }]],
  [[-1], 2, [{ from: 0, to: 2 }]],
  [[1, -1, 0.25], 1, []],
])("%j on [0, %d] is below 0 on %j", (given, to, expected) => {
  const close = expected.map((interval) => ({
    from: expect.closeTo(interval.from, 12),
    to: expect.closeTo(interval.to, 12),
  }));
  expect(negativeIntervals(given, to)).toStrictEqual(close);
});
