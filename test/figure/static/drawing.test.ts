import { describe, expect, test } from "vitest";
import { changePerSigmaFigure } from "../../../src/figure/changePerSigma.ts";
import { curvesFigure } from "../../../src/figure/curves.ts";
import { type Figure, panelsOf } from "../../../src/figure/figure.ts";
import { drawFigure, svgDocument } from "../../../src/figure/static/drawing.ts";
import { pdfDocument } from "../../../src/figure/static/images.ts";
import type { Mark, PathMark, TextMark } from "../../../src/figure/static/marks.ts";
import { sheetOf } from "../../../src/figure/static/sheet.ts";
import { textWidth } from "../../../src/figure/static/text.ts";
import { syntheticCell, syntheticRecord, withStepsOf } from "../../analysis/synthetic.ts";
import { differsFromGolden } from "./golden.ts";

const quickstart = syntheticRecord();
const manyCells = Array.from({ length: 18 }, (_, i) =>
  syntheticCell({ steps: 2 + (i % 9), sampler: i < 9 ? "euler" : "heun" }),
);
const huge = withStepsOf(syntheticRecord([syntheticCell()]), 0, (step) => ({
  ...step,
  differences: step.differences.map((difference) => ({
    ...difference,
    whole: difference.whole && { ...difference.whole, sumAbsDifference: 1e38 * (1 + step.step) },
  })),
}));
const pictures: [string, Figure][] = [
  ["synthetic-quickstart", curvesFigure(quickstart)],
  ["synthetic-change-per-sigma", changePerSigmaFigure(quickstart)],
  ["synthetic-many-cells", curvesFigure(syntheticRecord(manyCells, ["steps", "sampler"]))],
  [
    "synthetic-without-cfg",
    curvesFigure(syntheticRecord([syntheticCell({ true_cfg_scale: 1, negative_prompt: null })], [])),
  ],
  [
    "synthetic-facets",
    curvesFigure(
      syntheticRecord(
        Array.from({ length: 9 }, (_, i) => syntheticCell({ sampler: `sampler-${i}`, shift: 1 + i })),
        ["sampler", "schedule"],
      ),
    ),
  ],
  [
    "synthetic-bands",
    curvesFigure(
      syntheticRecord(
        Array.from({ length: 6 }, (_, seed) => syntheticCell({ seed })),
        ["seed"],
      ),
    ),
  ],
];

test.each(pictures)("the picture %s is the golden one", (name, figure) => {
  expect(differsFromGolden(name, svgDocument(drawFigure(figure, sheetOf("6.9in"))))).toBeNull();
});

function flat(marks: readonly Mark[]): Exclude<Mark, { kind: "group" }>[] {
  return marks.flatMap((mark) => (mark.kind === "group" ? flat(mark.marks) : [mark]));
}

interface Extent {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The rectangle that a text covers, from the widths of its glyphs. */
function extent({ text, x, y, size, align, upright, bold }: TextMark): Extent {
  const width = textWidth(text, size) * (bold === true ? 1.03 : 1);
  const before = align === "center" ? width / 2 : align === "right" ? width : 0;
  const [ascent, descent] = [0.66 * size, 0.1 * size];
  if (upright === true) return { left: x - ascent, right: x + descent, top: y - width + before, bottom: y + before };
  return { left: x - before, right: x - before + width, top: y - ascent, bottom: y + descent };
}

const overlap = (a: Extent, b: Extent) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.3 &&
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.3;

const widths = ["3.3in", "6.9in", "slide"];
const everywhere = [...pictures, ["values up to 1e38", curvesFigure(huge)] as [string, Figure]].flatMap(
  ([name, figure]) => widths.map((width) => [name, width, figure] as const),
);

describe.each(everywhere)("of %s at %s", (_, width, figure) => {
  const drawing = drawFigure(figure, sheetOf(width));
  const marks = flat(drawing.marks);
  const texts = marks.filter((mark): mark is TextMark => mark.kind === "text");

  test("type is at least 6.5 pt, on the page, and overprints no other type", () => {
    const extents = texts.map(extent);
    const overprinted: string[] = [];
    for (const [i, mark] of texts.entries()) {
      const here = extents[i];
      if (here === undefined) continue;
      expect(mark.size).toBeGreaterThanOrEqual(6.5);
      if (!(here.left >= -0.5 && here.right <= drawing.width + 0.5 && here.bottom <= drawing.height))
        overprinted.push(`${mark.text} off the page`);
      for (const [k, other] of extents.slice(0, i).entries())
        if (overlap(here, other)) overprinted.push(`${mark.text} over ${texts[k]?.text}`);
    }
    expect(overprinted).toEqual([]);
  });

  test("lines stay on the page", () => {
    const points = marks
      .filter((mark): mark is PathMark => mark.kind === "path")
      .flatMap(({ d }) => [...d.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]));
    const outside = points.filter(([x = 0, y = 0]) => x < 0 || x > drawing.width || y < 0 || y > drawing.height);
    expect(outside).toEqual([]);
  });

  test("title, subtitle, legend and caption are written", () => {
    const words = texts.map(({ text }) => text.replaceAll("\u00a0", " ")).join(" ");
    for (const word of [figure.title, ...figure.subtitle, figure.caption].join(" ").split(" "))
      expect(words).toContain(word);
    if (figure.legend.kind === "series") for (const { label } of figure.series) expect(words).toContain(label);
    for (const { title } of figure.facets) expect(words).toContain(title);
  });
});

test("an SVG has a group with a description for each panel", () => {
  const figure = curvesFigure(quickstart);
  const svg = svgDocument(drawFigure(figure, sheetOf("6.9in")));
  expect(svg.match(/<g role="group" aria-label="[^"]+"/g)).toHaveLength(panelsOf(figure).length);
  expect(svg).toMatch(/^<svg [^>]*width="496.8pt"/);
});

test("a PDF is one page of the figure's size, with the fonts inside", async () => {
  const drawing = drawFigure(curvesFigure(quickstart), sheetOf("3.3in"));
  const pdf = Buffer.from(await pdfDocument(drawing)).toString("latin1");
  expect(pdf).toMatch(/^%PDF-/);
  expect(pdf.match(/\/Type \/Page\b/g)).toHaveLength(1);
  expect(pdf).toContain(`/MediaBox [0 0 ${Number(drawing.width.toFixed(2))} ${drawing.height}]`);
  expect(pdf.match(/\/FontFile2/g)).toHaveLength(2);
});

test("a width is slide or inches from 3 to 20", () => {
  expect(sheetOf("3.3in").width).toBeCloseTo(237.6);
  for (const width of ["3.3", "2in", "21in", "wide", "-6in"]) expect(() => sheetOf(width)).toThrow("--width");
});
