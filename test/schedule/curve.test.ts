import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSchedule, slopeCurve, stepSizes } from "../../src/schedule/index.ts";

test("step sizes are positive and sum to the first sigma", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom("shift:7", "karras", "optimal-steps:flux"),
      (n, spec) => {
        const sigmas = parseSchedule(spec).exact(n);
        const sizes = stepSizes(sigmas);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeCloseTo(sigmas[0] ?? 0, 12);
      },
    ),
  );
});

test("the slope curve of a flow shift is s/(1 + (s − 1)t)²", () => {
  for (const { oneMinusT, slope } of slopeCurve(parseSchedule("shift:7"), 50))
    expect(slope / (7 / (1 + 6 * (1 - oneMinusT)) ** 2)).toBeCloseTo(1, 3);
});

test("the slopes of any schedule average to its first sigma", () => {
  for (const spec of ["linear-quadratic", "karras", "beta:.6,.6", "optimal-steps:flux", "sigmas:.9,.5,.1"]) {
    const schedule = parseSchedule(spec);
    const steps = schedule.fixedSteps ?? 7;
    const curve = slopeCurve(schedule, steps);
    const mean = curve.reduce((sum, { slope }) => sum + slope, 0) / curve.length;
    expect(mean).toBeCloseTo(schedule.exact(steps)[0] ?? 0, 12);
  }
});
