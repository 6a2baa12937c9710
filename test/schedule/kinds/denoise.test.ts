import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";

test("denoise .6 of 12 steps is the end of 20, as ComfyUI's KSampler cuts it", () => {
  // sigmas[-(steps + 1):] of calculate_sigmas(int(12 / .6)), without the terminal 0.
  const whole = Array.from({ length: 20 }, (_, i) => 1 - i / 20).map((t) => (3 * t) / (1 + 2 * t));
  const { exact, sigmas } = parseSchedule("denoise:.6+shift:3");
  expect(exact(12)).toStrictEqual(whole.slice(8).map((sigma) => expect.closeTo(sigma, 14)));
  expect(sigmas(12)).toStrictEqual(parseSchedule("shift:3").sigmas(20).slice(8));
});

test("a number of steps that does not divide evenly is rounded down, as Python's int does", () => {
  // int(5 / .3) = 16.
  expect(parseSchedule("denoise:.3+linear").exact(5)).toStrictEqual(
    [5, 4, 3, 2, 1].map((k) => expect.closeTo(k / 16, 14)),
  );
});

test("denoise 1 is the schedule itself, and it keeps whole thousandths", () => {
  expect(parseSchedule("denoise:1+shift:7").sigmas(9)).toStrictEqual(parseSchedule("shift:7").sigmas(9));
  expect(parseSchedule("denoise:.5+trailing").sigmas(10)).toStrictEqual(parseSchedule("trailing").sigmas(20).slice(10));
});

test.each([
  ["denoise:0+linear", /must be a number in \[0\.01, 1\]/],
  ["denoise:.5+sigmas:1,.5", /has exactly 2 steps/],
])("%s is refused", (spec, message) => expect(() => parseSchedule(spec)).toThrow(message));
