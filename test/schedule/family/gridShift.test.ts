import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest } from "../golden.ts";

const shifts = fc.double({ min: 0.05, max: 50, noNaN: true });
const steps = fc.integer({ min: 1, max: 100 });

test("the grid from 1 to 0 is the flow shift's", () => {
  fc.assert(
    fc.property(shifts, steps, (s, n) => {
      const grid = parseSchedule(`grid-shift:${s},from=1,to=0`.replace("+", "")).exact(n);
      expect(farthest(grid, parseSchedule(`shift:${s}`.replace("+", "")).exact(n))).toBeLessThan(1e-13);
    }),
  );
});

test("without a shift it is the grid itself", () => {
  const grid = parseSchedule("grid-shift:1,from=.9,to=.1").exact(4);
  expect(grid).toStrictEqual([0.9, 0.7, 0.5, 0.3].map((sigma) => expect.closeTo(sigma, 14)));
});

test("a grid that does not fall is refused", () => {
  expect(() => parseSchedule("grid-shift:5,from=.5,to=.5")).toThrow("it must be above to, which is 0.5");
});
