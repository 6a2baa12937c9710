import { expect, test } from "vitest";
import { bestShift } from "../../src/analysis/recommendation.ts";

test("the best shift is the vertex of a parabola in ln s", () => {
  const errors = new Map([2, 3, 5, 7, 12].map((s) => [s, 0.1 + 0.02 * Math.log(s / 4.4) ** 2]));
  expect(bestShift(errors)).toBeCloseTo(4.4, 10);
  // At an end of the list there is no parabola.
  expect(
    bestShift(
      new Map([
        [3, 0.2],
        [5, 0.1],
      ]),
    ),
  ).toBe(5);
});
