import { expect, test } from "vitest";
import { compact } from "../../../src/figure/vega/compact.ts";
import { fontFamily } from "../../../src/figure/vega/text.ts";

test("the font is named once, attributes that change nothing go, and the rest stays", () => {
  const family = `font-family="${fontFamily}"`;
  const text = (words: string) => `<text transform="translate(3,0)" ${family} opacity="1">${words}</text>`;
  const svg = `<svg width="1"><g role="graphics-symbol" aria-roledescription="axis" aria-label="X">${text("a")}${text("b")}<path transform="translate(0,0)" stroke-dasharray="" d="M0,0"/></g></svg>`;
  expect(compact(svg)).toBe(
    `<svg ${family} width="1"><g role="graphics-symbol" aria-roledescription="axis" aria-label="X"><text transform="translate(3,0)">a</text><text transform="translate(3,0)">b</text><path d="M0,0"/></g></svg>`,
  );
});
