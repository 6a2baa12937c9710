import fc from "fast-check";
import { expect, test } from "vitest";
import { simplify } from "../../../src/figure/static/curves.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

const point = fc.record({ x: fc.integer({ min: 0, max: 140 }), y: fc.integer({ min: 0, max: 104 }) });

/** The points that stay. */
function simplified(points: readonly Point[], tolerance: number): Point[] {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return simplify(xs, ys, tolerance).flatMap((i) => points[i] ?? []);
}

/** Distance of a point from a polyline, found by walking it in small steps. */
function distance(from: Point, line: readonly Point[]): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const [i, a] of line.entries()) {
    const b = line[i + 1] ?? a;
    for (let t = 0; t <= 1; t += 0.001) {
      nearest = Math.min(nearest, Math.hypot(from.x - a.x - t * (b.x - a.x), from.y - a.y - t * (b.y - a.y)));
    }
  }
  return nearest;
}

test("a simplified line keeps its ends, its order, and every point within the tolerance", () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 12 }), fc.constantFrom(0.1, 1, 5), (points, tolerance) => {
      const line = simplified(points, tolerance);
      expect(line[0]).toEqual(points[0]);
      expect(line.at(-1)).toEqual(points.at(-1));
      let from = 0;
      for (const kept of line) from = points.indexOf(kept, from) + 1;
      for (const dropped of points) expect(distance(dropped, line)).toBeLessThanOrEqual(tolerance + 0.1);
    }),
    { numRuns: 40 },
  );
});

test("a straight line is two points, a smooth one is lighter by far", () => {
  expect(
    simplified(
      Array.from({ length: 50 }, (_, i) => ({ x: i, y: 2 * i })),
      0.1,
    ),
  ).toHaveLength(2);
  const arc = Array.from({ length: 50 }, (_, i) => ({ x: 2.8 * i, y: 50 + 40 * Math.sin(i / 16) }));
  expect(simplified(arc, 0.1).length).toBeLessThan(25);
});
