import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest } from "../golden.ts";

function exact(spec: string, steps: number): number[] {
  return parseSchedule(spec).exact(steps);
}

test("blend takes the weighted mean of each step, and its ends are its parts", () => {
  const [a, b] = [exact("shift:7", 9), exact("linear-quadratic", 9)];
  expect(exact("blend:.25+shift:7+linear-quadratic", 9)).toStrictEqual(a.map((x, i) => 0.75 * x + 0.25 * (b[i] ?? 0)));
  expect(exact("blend:0+shift:7+linear", 9)).toStrictEqual(a);
});

test("reverse turns a flow shift into that of 1/s, and twice is nothing", () => {
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

test("piecewise keeps each part's pace: a schedule joined with itself is itself", () => {
  expect(farthest(exact("piecewise:.4+shift:7+shift:7", 25), exact("shift:7", 25))).toBeLessThan(1e-13);
});

test("piecewise puts the asked share of the steps above the join, and follows each part there", () => {
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

test("resample meets the list at its own length and follows it at others", () => {
  const list = "sigmas:1,.9,.6,.3";
  expect(exact(`resample+${list}`, 4)).toStrictEqual([1, 0.9, 0.6, 0.3]);
  expect(exact(`resample+${list}`, 8).filter((_, i) => i % 2 === 0)).toStrictEqual([1, 0.9, 0.6, 0.3]);
  expect(exact("resample:log-linear+sigmas:1,.1,.001", 5)).toStrictEqual(
    [1, 10 ** -0.5, 0.1, 0.01, 0.001].map((s) => expect.closeTo(s, 15)),
  );
});

test("distilled tables are exact at their own length", () => {
  expect(exact("distilled:ltx-2", 8)).toStrictEqual([1, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875]);
  expect(exact("distilled:fastwan-480p", 3)).toStrictEqual([1, 0.757, 0.522]);
});

test("points are met, and the ends are added", () => {
  const schedule = parseSchedule("points:.25=.7,.5=.9");
  expect(schedule.spec).toBe("points:0.25=0.7,0.5=0.9");
  expect(schedule.exact(4)).toStrictEqual([1, schedule.phi?.(0.75), 0.9, 0.7]);
});

test("combinations nest without brackets", () => {
  const { spec } = parseSchedule("blend:.5+reverse+shift:7+piecewise:.5+linear+cosmap");
  expect(spec).toBe("blend:0.5+reverse+shift:7+piecewise:0.5+linear+cosmap");
});

test.each([
  ["blend:.5+shift:7", "blend works on 2 schedules and has 1"],
  ["blend:.5+sigmas:1,.5+sigmas:1", "they must be as many"],
  ["blend:1.5+shift:7+linear", "must be a number in [0, 1]"],
  ["reverse", "reverse works on 1 schedule and has 0"],
  ["reverse+", "lacks a name"],
  ["piecewise:.5+sigmas:1,.5+linear", "which fixes its steps; write resample+… before it"],
  ["compose+karras+linear", "whose form depends on the number of steps"],
  ["resample+linear", "which has any number of steps already"],
  ["points:.5=.9,.4=.95", "t and σ must both rise"],
  ["points:.5=1.9", "hold .5=1.9"],
  ["points:0=.1", "at t = 0 σ must be 0"],
])("%s is refused", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});

test.each([
  ["stretch:.1+linear", 1, "take two steps or more"],
  ["reverse+optimal-steps:flux", 4, "which starts at 0.9968"],
  ["piecewise:.95+linear+karras:max=.9", 4, "starts at 0.9"],
  ["linear-quadratic:threshold=.6", 3, "is no schedule at 3 steps"],
] as const)("%s at %i steps is refused", (spec, steps, message) => {
  expect(() => parseSchedule(spec).exact(steps)).toThrow(message);
});
