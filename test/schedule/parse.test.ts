import { expect, test } from "vitest";
import { ProbeError } from "../../src/errors.ts";
import { parseSchedule, scheduleFromSigmas } from "../../src/schedule/index.ts";

function refusal(spec: string): string {
  try {
    parseSchedule(spec);
  } catch (error) {
    if (error instanceof ProbeError && error.kind === "input") return error.message;
    throw error;
  }
  throw new Error(`${spec} was not refused`);
}

test.each([
  ["shitf:7", "did you mean shift?"],
  ["lienar", "did you mean linear?"],
  ["hunyuan", "did you mean preset:hunyuan?"],
  ["wan2.1-lightxv", "did you mean preset:wan2.1-lightx2v?"],
  ["ltx", "did you mean preset:ltx?"],
  ["sigmas:1000,757,522", "divide by 1000, which gives 1, 0.757, 0.522."],
  ["linear-quadratic:treshold=.1", "did you mean threshold?"],
  ["1,.5", "a list is written sigmas:1,.5,…"],
  ["shift:seven", "shift's s is seven; it must be a number in (0, ∞)."],
  ["shift:0", "shift's s is 0; it must be a number in (0, ∞)."],
  ["shift:Infinity", "shift's s is Infinity"],
  ["shift:0x7", "shift's s is 0x7"],
  ["shift:7,9", "the extra value 9"],
  ["shift:", "shift: has an empty value"],
  ["shift:s=7,s=9", "gives s twice"],
  ["linear:1", "the extra value 1; it takes none"],
  ["linear+shift:7", "has shift left over"],
  ["", "lacks a name"],
  ["sigmas", "sigmas needs values"],
  ["file:a.json", "cannot be read here"],
])("%s is refused with a remedy", (spec, message) => {
  expect(refusal(spec)).toContain(message);
});

test.each([
  ["linear", "linear"],
  ["shift:7.0", "shift:7"],
  ["shift:s=7", "shift:7"],
  ["shift: 7", "shift:7"],
  ["linear-quadratic:.1", "linear-quadratic:threshold=0.1"],
  ["sigmas:1,.75, .5,2.5e-1", "sigmas:1,0.75,0.5,0.25"],
])("%s is, in its canonical form, %s", (spec, canonical) => {
  expect(parseSchedule(spec).spec).toBe(canonical);
  expect(parseSchedule(canonical).spec).toBe(canonical);
});

test.each([0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 10_001])("%s steps are refused", (steps) => {
  expect(() => parseSchedule("linear").sigmas(steps)).toThrow("it must be a whole number from 1 to 10000");
});

test("a list of sigmas fixes its number of steps", () => {
  const schedule = parseSchedule("sigmas:1,.75,.5");
  expect(schedule.fixedSteps).toBe(3);
  expect(schedule.sigmas(3)).toStrictEqual([1, 0.75, 0.5]);
  expect(() => schedule.sigmas(4)).toThrow("has 3 sigmas and runs 3 steps, not 4");
});

test("a schedule made from values reads back from its spec", () => {
  const values = [1, 0.9655172228813171, 1e-7];
  const { spec } = scheduleFromSigmas(values);
  expect(parseSchedule(spec).exact(3)).toStrictEqual(values);
});

test("what float32 cannot tell apart is refused, not merged", () => {
  const schedule = parseSchedule("shift:100000");
  expect(schedule.exact(1000)).toHaveLength(1000);
  expect(() => schedule.sigmas(1000)).toThrow("shift:100000 cannot run in float32 at 1000 steps");
});

test("a list in an experiment gets the same hint as one in a specification", () => {
  expect(() => scheduleFromSigmas([1000, 757, 522], "grid.schedule[0].sigmas")).toThrow(
    /grid\.schedule\[0\]\.sigmas\[0\] is 1000; .* divide by 1000, which gives 1, 0\.757, 0\.522/,
  );
});
