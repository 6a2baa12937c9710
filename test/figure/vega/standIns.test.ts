import fc from "fast-check";
import { expect, test } from "vitest";
import { StandIns } from "../../../src/figure/vega/standIns.ts";

const path = fc
  .array(fc.tuple(fc.integer({ min: -50, max: 500 }), fc.integer({ min: 0, max: 104 })), { minLength: 1 })
  .map((points) => points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x},${y}`).join(""));

const drawn = (paths: readonly string[]) => `<svg>${paths.map((d) => `<path fill="none" d="${d}"/>`).join("")}</svg>`;

test("what was put comes back in the order in which it is drawn", () => {
  fc.assert(
    fc.property(fc.uniqueArray(path), fc.func(fc.integer()), (paths, weight) => {
      const standIns = new StandIns();
      const pairs = paths.map((text, i) => ({ text, short: standIns.put(text), weight: weight(i) }));
      pairs.sort((a, b) => a.weight - b.weight);
      expect(standIns.restore(drawn(pairs.map(({ short }) => short)))).toBe(drawn(pairs.map(({ text }) => text)));
    }),
  );
});

test("a path that is not drawn, or twice, is no picture", () => {
  const standIns = new StandIns();
  const [one, two] = [standIns.put("M0,0L1,1"), standIns.put("M2,2L3,3")];
  expect(() => standIns.restore(drawn([one]))).toThrow("1 of 2 paths are not drawn");
  expect(() => standIns.restore(drawn([one, two, one]))).toThrow("path 0 is drawn twice");
});
