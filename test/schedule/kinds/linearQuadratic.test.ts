import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

interface LinearQuadratic {
  cases: { steps: number; threshold: number; sigmas: number[] }[];
}

test("linear-quadratic is Mochi's for every threshold and for odd and even numbers of steps", () => {
  for (const { steps, threshold, sigmas } of golden<LinearQuadratic>("linear-quadratic").cases)
    expect(farthest(parseSchedule(`linear-quadratic:${threshold}`).exact(steps), sigmas)).toBeLessThan(1e-12);
});

test("the published default is spelled out", () => {
  expect(parseSchedule("linear-quadratic").spec).toBe("linear-quadratic:threshold=0.025");
});

test("one step is the single sigma 1, where other implementations divide by zero", () => {
  expect(parseSchedule("linear-quadratic").sigmas(1)).toStrictEqual([1]);
});

test("the first half takes the steps of an N_ref-step linear schedule", () => {
  const sigmas = parseSchedule("linear-quadratic:threshold=.1").exact(50);
  for (let i = 0; i <= 25; i++) expect(sigmas[i]).toBeCloseTo(1 - i / 250, 14);
});

test("a threshold that would make σ rise at the end is refused", () => {
  expect(() => parseSchedule("linear-quadratic:threshold=.7")).toThrow("is .7; it must be a number in (0, 0.66]");
});

test("reference is the number of linear steps that the first half follows, for any N", () => {
  const steps = (spec: string, n: number): number[] => parseSchedule(spec).exact(n);
  expect(farthest(steps("linear-quadratic:reference=250", 50), steps("linear-quadratic:.1", 50))).toBeLessThan(1e-15);
  for (let i = 0; i <= 10; i++) expect(steps("linear-quadratic:reference=250", 20)[i]).toBeCloseTo(1 - i / 250, 14);
  expect(() => parseSchedule("linear-quadratic:.1,reference=250")).toThrow("give one");
});

const article = golden<{ sigmas: Record<string, number[]> }>("article").sigmas;

test.each(Object.entries(article))("%s draws the curve of the article's first figure", (spec, sigmas) => {
  expect(farthest(parseSchedule(spec).exact(sigmas.length), sigmas)).toBeLessThan(1e-12);
});
