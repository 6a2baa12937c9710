import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

interface FlowShift {
  hashes: Record<string, string[]>;
  values: Record<string, number[]>;
}

const { hashes, values } = golden<FlowShift>("flow-shift");

function hash(sigmas: readonly number[]): string {
  return createHash("sha256")
    .update(Buffer.from(Float32Array.from(sigmas).buffer))
    .digest("hex")
    .slice(0, 16);
}

test.each(Object.entries(values))("shift:S at N steps is what HunyuanVideoPipeline runs: S/N = %s", (key, expected) => {
  const [s, steps] = key.split("/");
  expect(parseSchedule(`shift:${s}`).sigmas(Number(steps))).toStrictEqual(expected);
});

test.each(Object.entries(hashes))("shift:%s is bit for bit HunyuanVideoPipeline's at 1 to 100 steps", (s, expected) => {
  const schedule = parseSchedule(`shift:${s}`);
  expect(expected.map((_, index) => hash(schedule.sigmas(index + 1)))).toStrictEqual(expected);
});

test("rounding a float64 shift once does not reproduce those bits", () => {
  const once = Array.from({ length: 100 }, (_, index) => hash(parseSchedule("shift:7").exact(index + 1)));
  expect(once.filter((digest, index) => digest === hashes["7"]?.[index]).length).toBeLessThan(30);
});

test("the five steps at shift 7 print as the shortest decimals that read back exactly", () => {
  expect(JSON.stringify(parseSchedule("shift:7").sigmas(5))).toBe(
    "[1,0.9655172228813171,0.9130434393882751,0.8235293626785278,0.6363636255264282]",
  );
});

test("shift reports its value, linear is shift 1, and other schedules report none", () => {
  expect(parseSchedule("shift:7").shift).toBe(7);
  expect(parseSchedule("linear").shift).toBe(1);
  expect(parseSchedule("linear-quadratic").shift).toBeNull();
  expect(parseSchedule("linear").sigmas(40)).toStrictEqual(parseSchedule("shift:1").sigmas(40));
});

test("no shift is assumed if none is written", () => {
  expect(() => parseSchedule("shift")).toThrow(
    "shift needs s, the shift (number in (0, ∞)); write for example shift:7.",
  );
});

test("every shift starts at exactly 1, even if float32 arithmetic would not", () => {
  const shifts = fc.double({ min: 0.01, max: 100, noNaN: true });
  fc.assert(
    fc.property(shifts, fc.integer({ min: 1, max: 100 }), (s, steps) => {
      const schedule = parseSchedule(`shift:${s}`);
      expect(schedule.exact(steps)[0]).toBe(1);
      expect(schedule.sigmas(steps)[0]).toBe(1);
    }),
  );
  expect(parseSchedule("shift:.2").sigmas(2)[0]).toBe(1);
});

describe.each(["dynamic-shift", "double-shift"])("%s, bit for bit in float32", (name) => {
  test.each(golden<{ cases: { spec: string; sigmas: number[] }[] }>(name).cases)(
    "$spec is what diffusers runs",
    ({ spec, sigmas }) => {
      expect(parseSchedule(spec).sigmas(sigmas.length)).toStrictEqual(sigmas);
    },
  );
});

const gridShifts = fc.double({ min: 0.05, max: 50, noNaN: true });
const gridSteps = fc.integer({ min: 1, max: 100 });

test("the grid from 1 to 0 is that of the flow shift", () => {
  fc.assert(
    fc.property(gridShifts, gridSteps, (s, n) => {
      const grid = parseSchedule(`grid-shift:${s},from=1,to=0`.replace("+", "")).exact(n);
      expect(farthest(grid, parseSchedule(`shift:${s}`.replace("+", "")).exact(n))).toBeLessThan(1e-13);
    }),
  );
});

test("grid-shift:1 is the grid itself", () => {
  const grid = parseSchedule("grid-shift:1,from=.9,to=.1").exact(4);
  expect(grid).toStrictEqual([0.9, 0.7, 0.5, 0.3].map((sigma) => expect.closeTo(sigma, 14)));
});

test("a grid that does not decrease is refused", () => {
  expect(() => parseSchedule("grid-shift:5,from=.5,to=.5")).toThrow("it must be above to, which is 0.5");
});
