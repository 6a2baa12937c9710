import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate, negativeIntervals } from "../../src/cache/polynomial.ts";

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
