import { expect, test } from "vitest";
import type { Marker } from "../../../src/figure/figure.ts";
import { markerPath } from "../../../src/figure/static/marks.ts";

const straight: Marker[] = ["square", "triangle-up", "triangle-down", "diamond", "cross"];

/** Corners of a path of m, l, h and v, walked from its start. */
function corners(path: string): [number, number][] {
  let [x, y] = [0, 0];
  return [...path.matchAll(/([Mmlhv])([^Mmlhvz]+)/g)].map(([, command, numbers = ""]) => {
    const [a = 0, b = 0] = numbers.split(",").map(Number);
    const [dx, dy] = command === "v" ? [0, a] : [a, command === "h" ? 0 : b];
    [x, y] = command === "M" ? [a, b] : [x + dx, y + dy];
    return [x, y];
  });
}

test.each(straight)("a %s is closed, as wide as asked, and around its point", (marker) => {
  const [centre, ...outline] = corners(markerPath(marker, 100, 50, 4));
  expect(centre).toEqual([100, 50]);
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  expect(Math.min(...xs)).toBeCloseTo(98, 1);
  expect(Math.max(...xs)).toBeCloseTo(102, 1);
  expect((Math.min(...ys) + Math.max(...ys)) / 2).toBeCloseTo(50, 1);
  expect(markerPath(marker, 100, 50, 4).endsWith("z")).toBe(true);
});

test("a circle's two arcs lead back to where they began", () => {
  expect(markerPath("circle", 1, 2, 4)).toBe("M1,2m2,0a2,2,0,1,1,-4,0a2,2,0,1,1,4,0z");
});
