import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { textWidth } from "../../../src/figure/static/text.ts";
import { positions, scientific, ticks } from "../../../src/figure/static/ticks.ts";

const size = 6.5;
const domain = fc
  .tuple(fc.double({ min: 1e-38, max: 1e37, noNaN: true }), fc.double({ min: 1.05, max: 1e12, noNaN: true }))
  .map(([low, factor]): [number, number] => [low, low * factor]);

test("labels lie on their axis, at least two of them, and none overprints the next", () => {
  fc.assert(
    fc.property(domain, fc.constantFrom("linear", "log"), fc.integer({ min: 60, max: 400 }), (range, scale, length) => {
      const axis = { scale, domain: scale === "linear" ? ([0, range[1]] as const) : range };
      for (const across of [true, false]) {
        const shown = ticks(axis, length, across, size).filter(({ text }) => text !== null);
        if (!across || length > 120) expect(shown.length).toBeGreaterThanOrEqual(2);
        for (const [i, { at, text }] of shown.entries()) {
          expect(at).toBeGreaterThanOrEqual(-1e-6);
          expect(at).toBeLessThanOrEqual(length + 1e-6);
          const before = shown[i - 1];
          if (before === undefined) continue;
          const room = across ? (textWidth(text ?? "", size) + textWidth(before.text ?? "", size)) / 2 : size;
          expect(at - before.at).toBeGreaterThan(room);
        }
      }
    }),
  );
});

test("a position on an axis is linear, or linear in the logarithm", () => {
  expect(positions({ scale: "linear", domain: [0, 4] }, 100)(1)).toBe(25);
  expect(positions({ scale: "log", domain: [0.01, 100] }, 100)(1)).toBeCloseTo(50, 9);
});

describe("labels", () => {
  const texts = (scale: "linear" | "log", low: number, high: number) =>
    ticks({ scale, domain: [low, high] }, 300, false, size).map(({ text }) => text);

  test("are plain numbers where these are short, and powers of ten elsewhere", () => {
    expect(texts("linear", 0, 0.4)).toContain("0.3");
    expect(texts("linear", 0, 2e38)).toContain("2×10³⁸");
    expect(texts("log", 0.001, 10)).toEqual(["0.001", "0.01", "0.1", "1", "10"]);
    expect(texts("log", 1e-9, 1e-5)).toContain("10⁻⁶");
    expect(scientific(1.5e-7)).toBe("1.5×10⁻⁷");
  });

  test("of less than a decade on a logarithmic axis are round numbers within it", () => {
    expect(texts("log", 0.09, 0.9)).toEqual(["0.1", "0.2", "0.5"]);
  });
});
