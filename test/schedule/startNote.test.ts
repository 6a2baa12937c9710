import { expect, test } from "vitest";
import { parseSchedule, startNote } from "../../src/schedule/index.ts";

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
