import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

interface LinearQuadratic {
  cases: { steps: number; threshold: number; sigmas: number[] }[];
}

test("linear-quadratic is Mochi's for every threshold and odd or even numbers of steps", () => {
  for (const { steps, threshold, sigmas } of golden<LinearQuadratic>("linear-quadratic").cases)
    expect(farthest(parseSchedule(`linear-quadratic:${threshold}`).exact(steps), sigmas)).toBeLessThan(1e-12);
});

test("the published default is spelled out", () => {
  expect(parseSchedule("linear-quadratic").spec).toBe("linear-quadratic:threshold=0.025");
});

test("one step is the single sigma 1, where other codes divide by zero", () => {
  expect(parseSchedule("linear-quadratic").sigmas(1)).toStrictEqual([1]);
});

test("the first half steps as evenly as N_ref linear steps do", () => {
  const sigmas = parseSchedule("linear-quadratic:threshold=.1").exact(50);
  for (let i = 0; i <= 25; i++) expect(sigmas[i]).toBeCloseTo(1 - i / 250, 14);
});

test("a threshold that would turn the end back is refused", () => {
  expect(() => parseSchedule("linear-quadratic:threshold=.7")).toThrow(
    "is .7; it must be a number in (0, 0.6666666666666666)",
  );
});
