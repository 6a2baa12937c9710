import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { golden } from "../golden.ts";

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

test("rounding a float64 shift once would not have met those bits", () => {
  const once = Array.from({ length: 100 }, (_, index) => hash(parseSchedule("shift:7").exact(index + 1)));
  expect(once.filter((digest, index) => digest === hashes["7"]?.[index]).length).toBeLessThan(30);
});

test("the five steps at shift 7 print as the shortest numbers that read back exactly", () => {
  expect(JSON.stringify(parseSchedule("shift:7").sigmas(5))).toBe(
    "[1,0.9655172228813171,0.9130434393882751,0.8235293626785278,0.6363636255264282]",
  );
});

test("a shift knows its value, linear is shift 1, and nothing else pretends to one", () => {
  expect(parseSchedule("shift:7").shift).toBe(7);
  expect(parseSchedule("linear").shift).toBe(1);
  expect(parseSchedule("linear-quadratic").shift).toBeNull();
  expect(parseSchedule("linear").sigmas(40)).toStrictEqual(parseSchedule("shift:1").sigmas(40));
});

test("no shift is assumed where none is written", () => {
  expect(() => parseSchedule("shift")).toThrow(
    "shift needs s, the shift (number in (0, ∞)); write for example shift:7.",
  );
});

test("every shift starts at exactly 1, also where float32 arithmetic would not", () => {
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
