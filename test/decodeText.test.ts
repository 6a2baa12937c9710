import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText } from "../src/decodeText.ts";
import { ProbeError } from "../src/errors.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const utf16 = (text: string, order: "le" | "be"): Uint8Array => {
  const little = Buffer.from(text, "utf16le");
  return Uint8Array.from(order === "le" ? little : little.swap16());
};

/** The message of the refusal, or a failure if the bytes are read. */
function refusal(given: Uint8Array): string {
  try {
    expect.fail(`read as ${JSON.stringify(decodeText(given, "a.yaml"))}`);
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    expect(error.kind).toBe("input");
    // Nothing raw reaches the terminal.
    expect([...error.message].filter((letter) => (letter.codePointAt(0) ?? 0) < 32)).toStrictEqual([]);
    return error.message;
  }
}

describe("UTF-8 is read as it is", () => {
  test.each([
    "",
    "1, 0.5, 0",
    "кошка γάτα חתול café",
    "5 µm, Δσ = 3·10⁻³, 20 °C",
    "prompt: ë ö, кот",
    "prompt: 一只猫 🐈\nsteps: 5\n",
    "a\r\nb",
    "\uFFFD",
  ])("%j", (text) => {
    expect(decodeText(utf8(text), "a.yaml")).toBe(text);
  });

  test("any text", () => {
    const texts = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && !text.startsWith("\uFEFF"));
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeText(utf8(text), "a.yaml")).toBe(text);
      }),
    );
  });

  test("without its byte order mark", () => {
    expect(decodeText(bytes("ef bb bf 31"), "a.yaml")).toBe("1");
  });
});

// The bytes are what Python's str.encode writes for these texts.
const FOREIGN: readonly [encoding: string, given: Uint8Array, line: number, looks: RegExp, reads: string][] = [
  ["GBK", bytes("73 74 65 70 73 3a 20 35 0a 70 3a 20 ba ec c9 ab b5 c4 d4 b2"), 2, /GBK/, "p: 红色的圆"],
  // Valid UTF-8 by chance: in GBK 一只猫, "a cat"; in UTF-8 Cyrillic, Hebrew and Latin in one word.
  ["GBK that passes for UTF-8", bytes("70 3a 20 d2 bb d6 bb c3 a8"), 1, /GBK/, "p: 一只猫"],
  ["Latin-1", bytes("23 20 63 61 66 e9 20 e0 20 6c 61"), 1, /Latin-1/, "# café à la"],
  ["Windows-1252", bytes("70 3a 20 93 61 94"), 1, /Latin-1 \(Windows-1252\)/, "p: “a”"],
  ["Shift JIS", bytes("70 3a 20 94 4c 82 cc 8a 47"), 1, /Shift JIS|East Asian/, ""],
  ["UTF-16 LE with a mark", utf16("\uFEFF1, 0.5\n", "le"), 1, /UTF-16 \(little.*with a byte order mark/, "1, 0.5"],
  ["UTF-16 BE with a mark", utf16("\uFEFF1, 0.5\n", "be"), 1, /UTF-16 \(big.*with a byte order mark/, "1, 0.5"],
  ["UTF-16 LE", utf16("p: 一只猫\n", "le"), 1, /UTF-16 \(little.*without/, "p: 一只猫"],
  ["UTF-16 BE", utf16("p: 一只猫\n", "be"), 1, /UTF-16 \(big.*without/, "p: 一只猫"],
  ["UTF-32", bytes("ff fe 00 00 31 00 00 00"), 1, /UTF-32/, ""],
  ["PNG", bytes("89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49"), 1, /binary/, ""],
  ["UTF-8 that breaks off", bytes("e7 8c ab 0a e7 8c"), 2, /cut off/, ""],
];

test.each(FOREIGN)("%s is refused as not UTF-8", (_, given, line, looks, reads) => {
  const message = refusal(given);
  expect(message).toContain("a.yaml is not UTF-8");
  expect(message).toContain(`line ${line}`);
  expect(message).toMatch(looks);
  expect(message).toContain(reads);
});

test("a single NUL is refused, for no text has one", () => {
  expect(refusal(utf8("steps: 5\nprompt: a\0b"))).toContain("line 2");
});

test("random bytes are read exactly or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (given) => {
      try {
        const text = decodeText(given, "x");
        expect(utf8(text)).toStrictEqual(given.slice(given.length - utf8(text).length));
      } catch (error) {
        if (!(error instanceof ProbeError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
