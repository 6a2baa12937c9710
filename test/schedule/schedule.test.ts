import fc from "fast-check";
import { expect, test } from "vitest";
import { ProbeError } from "../../src/errors.ts";
import { checkSigmas, parseSchedule, startNote } from "../../src/schedule/index.ts";

function fault(values: readonly number[]): ProbeError {
  try {
    checkSigmas(values, "schedule.sigmas");
  } catch (error) {
    if (error instanceof ProbeError) return error;
  }
  throw new Error("not refused");
}

test.each([
  [[], "schedule.sigmas", "schedule.sigmas is empty"],
  [[1, Number.NaN], "schedule.sigmas[1]", "is NaN; a sigma must be a finite number in (0, 1]."],
  [[1.5, 0.5], "schedule.sigmas[0]", "is 1.5; a sigma must be a finite number in (0, 1]."],
  [[1000, 757, 522], "schedule.sigmas[0]", "look like timesteps: divide by 1000, which gives 1, 0.757, 0.522."],
  [[1000, 937.5, 0], "schedule.sigmas[0]", "divide by 1000, which gives 1, 0.9375."],
  [[14.6, 5, 0.25], "schedule.sigmas[0]", "(k-diffusion); σ/(1 + σ) has"],
  // 14.6/15.6, 5/6 and .25/1.25.
  [[14.6, 5, 0.25, 0], "schedule.sigmas[0]", "which gives 0.9358974, 0.8333333, 0.2."],
  [[700, 80.5, 0.002], "schedule.sigmas[0]", "variance-exploding"],
  [[1000, 1001], "schedule.sigmas[0]", "is 1000; a sigma must be a finite number in (0, 1]."],
  [[1, -0.5], "schedule.sigmas[1]", "is -0.5"],
  [[1, 0.5, 0.5], "schedule.sigmas[2]", "is 0.5, not below schedule.sigmas[1] = 0.5"],
  [[1, 0.5, 0], "schedule.sigmas[2]", "is 0; the terminal 0 is implied, so leave it out."],
  [[0], "schedule.sigmas[0]", "is 0; a sigma must be"],
  [[1, 0, 0.5], "schedule.sigmas[1]", "is 0; a sigma must be"],
  [[1, 1 - 1e-9], "schedule.sigmas[1]", "equals schedule.sigmas[0] = 1 in float32"],
  [[1, 1e-60], "schedule.sigmas[1]", "rounds to 0 in float32"],
])("%j is refused with its index", (values, path, message) => {
  const error = fault(values);
  expect(error.path).toBe(path);
  expect(error.kind).toBe("input");
  expect(error.message).toContain(message);
});

test("a list passes if and only if its float32 values are strictly decreasing in (0, 1]", () => {
  const value = fc.oneof(fc.double({ min: 1e-6, max: 1 }), fc.float({ noDefaultInfinity: true }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.boolean(), (list, sort) => {
      const values = sort ? [...list].sort((a, b) => b - a) : list;
      const rounded = values.map(Math.fround);
      const fine = values.every((v) => v > 0 && v <= 1) && rounded.every((v, i) => v > 0 && v < (rounded[i - 1] ?? 2));
      if (fine) checkSigmas(values);
      else expect(() => checkSigmas(values)).toThrow(ProbeError);
    }),
  );
});

test("a list that starts below 1 is noted with its first sigma", () => {
  expect(startNote([0.909375, 0.725, 0.421875])).toContain("told σ = 0.909375");
  expect(startNote(parseSchedule("preset:ltx-2-stage-two").sigmas(3))).toContain("told σ = 0.909375");
});

test.each(["shift:7", "grid-shift:5,from=.999,to=0", "comfy:ddim_uniform,shift=8"])(
  "%s starts close enough to 1",
  (spec) => expect(startNote(parseSchedule(spec).sigmas(20))).toBeNull(),
);

test("a start that is given is noted only where the first sigma does not fit it", () => {
  const list = [0.909375, 0.725];
  expect(startNote(list, { noised: true, sigma: 0 })).toBeNull();
  expect(startNote([1, 0.5], { noised: true, sigma: 0 })).toContain("σ = 1");
  expect(startNote(list, { noised: false, sigma: null })).toBeNull();
  expect(startNote([1 / 3], { noised: false, sigma: Math.fround(1 / 3) })).toBeNull();
  expect(startNote(list, { noised: false, sigma: 0.5 })).toMatch(/0\.5\b.*0\.909375/);
});
