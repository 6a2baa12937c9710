import fc from "fast-check";
import { expect, test } from "vitest";
import { pchip } from "../../../src/schedule/math/pchip.ts";
import { farthest, golden } from "../golden.ts";

interface Curves {
  pchip: { x: number[]; y: number[]; at: number[]; values: number[] }[];
}

test("the monotone cubic is SciPy's PchipInterpolator", () => {
  for (const { x, y, at, values } of golden<Curves>("special-functions").pchip)
    expect(farthest(at.map(pchip(x, y)), values)).toBeLessThan(1e-14);
});

test("it passes through its points and increases where they increase", () => {
  const gap = fc.double({ min: 1e-3, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(gap, gap), { minLength: 1, maxLength: 10 }), (gaps) => {
      const sums = (pick: (pair: [number, number]) => number): number[] => {
        let sum = 0;
        return [0, ...gaps.map((pair) => (sum += pick(pair)))];
      };
      const xs = sums(([dx]) => dx);
      const ys = sums(([, dy]) => dy);
      const curve = pchip(xs, ys);
      expect(farthest(xs.map(curve), ys)).toBeLessThan(1e-12);
      const end = xs.at(-1) ?? 0;
      const values = Array.from({ length: 101 }, (_, k) => curve((k / 100) * end));
      expect(values.every((value, k) => k === 0 || value >= (values[k - 1] ?? 0) - 1e-15)).toBe(true);
    }),
  );
});
