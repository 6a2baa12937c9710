import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDecimal } from "../../src/record/decimal.ts";

/** What is read from a text that stands between others. */
function read(text: string): { value: number; taken: string } {
  const bytes = Buffer.from(`"x":${text},"y":1`);
  const found = { value: 0, end: 0 };
  readDecimal(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 4, found);
  return { value: found.value, taken: found.end === -1 ? "nothing" : bytes.toString("latin1", 4, found.end) };
}

const digits = (least: number, most: number) =>
  fc.stringMatching(new RegExp(`^[0-9]{${least},${most}}$`)).filter((text) => text.length >= least);
const written = fc
  .tuple(fc.boolean(), fc.oneof(fc.constant("0"), fc.stringMatching(/^[1-9][0-9]{0,10}$/)), digits(1, 21))
  .map(([negative, whole, fraction]) => `${negative ? "-" : ""}${whole}.${fraction}`);

describe("a decimal is read as Number reads it, to the last bit", () => {
  test.each([
    ["doubles as they are written", fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)],
    ["doubles of everyday size", fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(String)],
    ["float32 values", fc.float({ noNaN: true, noDefaultInfinity: true }).map(String)],
    ["whole numbers", fc.integer().map(String)],
    ["any digits", written],
  ])("%s", (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(read(text)).toEqual({ value: Number(text), taken: text });
      }),
      { numRuns: 2000 },
    );
  });

  test("at and beside the middle between two doubles", () => {
    const near = fc.double({ min: 1, max: 1e5, noNaN: true }).chain((low) => {
      const next = new Float64Array([low]);
      new BigInt64Array(next.buffer)[0] = (new BigInt64Array(next.buffer)[0] ?? 0n) + 1n;
      // The exact middle has more digits than are read at once; cut, it lies just below or above.
      const middle = (BigInt(low * 2 ** 52) + BigInt((next[0] ?? low) * 2 ** 52)) * 10n ** 17n;
      return fc.integer({ min: 11, max: 17 }).map((places) => {
        const scaled = (middle / 2n ** 53n).toString().padStart(18, "0");
        return `${scaled.slice(0, -17)}.${scaled.slice(-17, scaled.length - 17 + places)}`;
      });
    });
    fc.assert(
      fc.property(near, (text) => {
        expect(read(text)).toEqual({ value: Number(text), taken: text });
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  "-0",
  "0.0",
  "-0.000",
  "1e-7",
  "1.5E+300",
  "5e-324",
  "123456789012345678901234567890",
  "0.10000000000000000000001",
])("%s, too", (text) => {
  expect(read(text)).toEqual({ value: Number(text), taken: text });
});

test.each(["", "-", ".5", "1.", "01", "1e", "--1", "+1", '"NaN"', "null"])("%j is no number of JSON", (text) => {
  expect(read(text).taken).toBe("nothing");
});
