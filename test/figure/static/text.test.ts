import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { charactersOf, fontFiles, withFonts } from "../../../src/figure/static/fonts.ts";
import { textWidth, wrap } from "../../../src/figure/static/text.ts";

const words = fc.array(fc.stringMatching(/^[a-zA-Z0-9.]{1,12}$/), { minLength: 1, maxLength: 30 });

test("wrapping loses no word and keeps lines within the width", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 80, max: 500 }), (list, width) => {
      const lines = wrap(list.join(" "), width, 9);
      expect(lines.join(" ")).toBe(list.join(" "));
      for (const line of lines) expect(textWidth(line, 9)).toBeLessThanOrEqual(width);
    }),
  );
});

/** Advances of characters in a TrueType file, in its units an em: tables cmap (format 12), hhea, hmtx and head. */
function advancesOf(font: Buffer, characters: string): { unitsPerEm: number; advances: number[] } {
  const tables = new Map<string, number>();
  for (let i = 0; i < font.readUInt16BE(4); i += 1) {
    tables.set(font.toString("latin1", 12 + 16 * i, 16 + 16 * i), font.readUInt32BE(20 + 16 * i));
  }
  const at = (name: string) => tables.get(name) ?? Number.NaN;
  const cmap = at("cmap");
  const encodings = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, i) => cmap + font.readUInt32BE(cmap + 8 + 8 * i),
  );
  const full = encodings.find((offset) => font.readUInt16BE(offset) === 12) ?? Number.NaN;
  const glyphs = new Map<number, number>();
  for (let i = 0; i < font.readUInt32BE(full + 12); i += 1) {
    const [start = 0, end = 0, glyph = 0] = [0, 4, 8].map((field) => font.readUInt32BE(full + 16 + 12 * i + field));
    for (let code = start; code <= end; code += 1) glyphs.set(code, glyph + code - start);
  }
  const metrics = font.readUInt16BE(at("hhea") + 34);
  const advance = (code: number) => font.readUInt16BE(at("hmtx") + 4 * Math.min(glyphs.get(code) ?? 0, metrics - 1));
  return {
    unitsPerEm: font.readUInt16BE(at("head") + 18),
    advances: [...characters].map((character) => advance(character.codePointAt(0) ?? 0)),
  };
}

test("widths of ASCII are those of the font file that is embedded", () => {
  const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
  const { unitsPerEm, advances } = advancesOf(readFileSync(fontFiles()[0] ?? ""), ascii);
  expect([...ascii].map((character) => textWidth(character, unitsPerEm))).toEqual(advances);
});

describe("fonts", () => {
  const svg = '<svg width="10"><text>Δσ &lt; 1 &amp; 2</text></svg>';

  test("are embedded for the characters that the text shows, not for its markup", () => {
    expect(charactersOf(svg)).toBe(" &12<Δσ");
  });

  test("go into the document's first element", () => {
    const face = { family: "F", weight: 400, truetype: "AAAA" };
    expect(withFonts(svg, [face])).toMatch(/^<svg width="10"><defs><style>@font-face\{.*base64,AAAA.*<text>/);
  });
});
