import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest } from "../golden.ts";

function exact(spec: string, steps: number): number[] {
  return parseSchedule(spec).exact(steps);
}

test("blend takes the weighted mean of each step, and its extremes are its parts", () => {
  const [a, b] = [exact("shift:7", 9), exact("linear-quadratic", 9)];
  expect(exact("blend:.25+shift:7+linear-quadratic", 9)).toStrictEqual(a.map((x, i) => 0.75 * x + 0.25 * (b[i] ?? 0)));
  expect(exact("blend:0+shift:7+linear", 9)).toStrictEqual(a);
});

test("reverse turns shift s into 1/s, and applied twice changes nothing", () => {
  expect(farthest(exact("reverse+shift:4", 20), exact("shift:.25", 20))).toBeLessThan(1e-15);
  expect(farthest(exact("reverse+reverse+cosmap", 20), exact("cosmap", 20))).toBeLessThan(1e-15);
  expect(
    farthest(
      exact("reverse+karras", 5),
      [...exact("karras", 5), 0]
        .map((s) => 1 - s)
        .reverse()
        .slice(0, 5),
    ),
  ).toBe(0);
});

test("compose multiplies flow shifts", () => {
  expect(farthest(exact("compose+shift:3+shift:4", 30), exact("shift:12", 30))).toBeLessThan(1e-14);
  expect(parseSchedule("compose+shift:3+shift:4").endSlopes).toStrictEqual({ start: 1 / 12, terminal: 12 });
});

test("piecewise keeps the pace of each part: a schedule joined with itself is unchanged", () => {
  expect(farthest(exact("piecewise:.4+shift:7+shift:7", 25), exact("shift:7", 25))).toBeLessThan(1e-13);
});

test("piecewise puts the given share of the steps above the join, and follows each part", () => {
  const sigmas = exact("piecewise:.5,share=.6+shift:7+linear", 10);
  expect(sigmas[6]).toBeCloseTo(0.5, 12);
  expect(sigmas.slice(6).map((s) => 10 * s)).toStrictEqual([5, 3.75, 2.5, 1.25].map((s) => expect.closeTo(s, 10)));
  const below = parseSchedule("shift:7").exact(1000);
  expect(below.some((s) => Math.abs(s - (sigmas[3] ?? 0)) < 2e-3)).toBe(true);
});

test("stretch moves the last sigma and keeps the first, in float64 and float32", () => {
  const schedule = parseSchedule("stretch:.1+shift:7");
  expect(schedule.exact(10).at(-1)).toBeCloseTo(0.1, 14);
  expect(schedule.sigmas(10).at(-1)).toBeCloseTo(0.1, 6);
  expect(schedule.sigmas(10)[0]).toBe(1);
});

test("resample equals the list at its own length and interpolates it at others", () => {
  const list = "sigmas:1,.9,.6,.3";
  expect(exact(`resample+${list}`, 4)).toStrictEqual([1, 0.9, 0.6, 0.3]);
  expect(exact(`resample+${list}`, 8).filter((_, i) => i % 2 === 0)).toStrictEqual([1, 0.9, 0.6, 0.3]);
  expect(exact("resample:log-linear+sigmas:1,.1,.001", 5)).toStrictEqual(
    [1, 10 ** -0.5, 0.1, 0.01, 0.001].map((s) => expect.closeTo(s, 15)),
  );
});

test("combinators nest without brackets", () => {
  const { spec } = parseSchedule("blend:.5+reverse+shift:7+piecewise:.5+linear+cosmap");
  expect(spec).toBe("blend:0.5+reverse+shift:7+piecewise:0.5+linear+cosmap");
});

test.each([
  ["blend:.5+shift:7", "blend operates on 2 schedules and got 1"],
  ["blend:.5+sigmas:1,.5+sigmas:1", "the numbers must be equal"],
  ["blend:1.5+shift:7+linear", "must be a number in [0, 1]"],
  ["reverse", "reverse operates on 1 schedule and got 0"],
  ["reverse+", "lacks a name"],
  ["piecewise:.5+sigmas:1,.5+linear", "which fixes its number of steps; put resample+ in front of it"],
  ["compose+karras+linear", "which depends on the number of steps"],
  ["resample+linear", "which already runs any number of steps"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});

test.each([
  ["stretch:.1+linear", 1, "use at least two steps"],
  ["reverse+optimal-steps:flux", 4, "which starts at 0.9968"],
  ["piecewise:.95+linear+karras:max=.9", 4, "starts at 0.9"],
  ["linear-quadratic:threshold=.6", 3, "is not a schedule at 3 steps"],
] as const)("%s at %i steps is refused", (spec, steps, message) => {
  expect(() => parseSchedule(spec).exact(steps)).toThrow(message);
});
