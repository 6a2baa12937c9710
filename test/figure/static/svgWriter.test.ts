import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changePerSigmaFigure } from "../../../src/figure/changePerSigma.ts";
import { curvesFigure } from "../../../src/figure/curves.ts";
import type { Figure } from "../../../src/figure/figure.ts";
import { curvePaths, curvePoints } from "../../../src/figure/static/curves.ts";
import { fontFamily, page, panelTop, placePanels, positions, rowHeight } from "../../../src/figure/static/layout.ts";
import { legendBlock } from "../../../src/figure/static/legend.ts";
import { minify, Placeholders, renderSvg, vegaSpec } from "../../../src/figure/static/svgWriter.ts";
import { syntheticCell, syntheticRecord } from "../../analysis/synthetic.ts";
import { differsFromGolden } from "./golden.ts";

const quickstart = syntheticRecord();
const manyCells = Array.from({ length: 18 }, (_, i) =>
  syntheticCell({ steps: 2 + (i % 9), sampler: i < 9 ? "euler" : "heun" }),
);
const pictures: [string, Figure][] = [
  ["synthetic-quickstart", curvesFigure(quickstart)],
  ["synthetic-change-per-sigma", changePerSigmaFigure(quickstart)],
  ["synthetic-many-cells", curvesFigure(syntheticRecord(manyCells, ["steps", "sampler"]))],
  [
    "synthetic-without-cfg",
    curvesFigure(syntheticRecord([syntheticCell({ true_cfg_scale: 1, negative_prompt: null })], [])),
  ],
];

test.each(pictures)("the picture %s is the golden one", async (name, figure) => {
  expect(differsFromGolden(name, await renderSvg(figure))).toBeNull();
});

describe.each(pictures)("of %s", (_, figure) => {
  test("panels stay on the page and off each other", () => {
    for (const row of figure.rows) {
      const placed = placePanels(row);
      for (const [i, { x, width }] of placed.entries()) {
        expect(x).toBeGreaterThanOrEqual(page.left);
        expect(x + width).toBeLessThanOrEqual(page.width - page.right);
        const next = placed[i + 1];
        if (next !== undefined) expect(next.x - (x + width)).toBeGreaterThanOrEqual(next.ownAxis ? 50 : 10);
      }
    }
    expect(panelTop + page.panelHeight + 30).toBeLessThanOrEqual(rowHeight);
  });

  test("the legend ends above the first panel", () => {
    const first = vegaSpec(figure).marks?.find((mark) => mark.type === "group" && "axes" in mark);
    const top = JSON.parse(JSON.stringify(first?.encode?.enter?.y)).value;
    expect(24 + legendBlock(figure, 24).height).toBeLessThan(top - panelTop + 12);
  });

  test("curves and points lie within their panels", () => {
    for (const { panel, width } of figure.rows.flatMap(placePanels)) {
      const numbers = curvePaths(panel, figure, width).flatMap(({ path }) =>
        [...path.matchAll(/[ML]([^,]+),([^ML]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) })),
      );
      for (const { x, y } of [...numbers, ...curvePoints(panel, figure, width)]) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(page.panelHeight);
      }
    }
  });

  test("every label of the legend and the caption is written", async () => {
    const svg = await renderSvg(figure);
    const shown = svg.replace(/<[^>]*>/g, " ").replaceAll("\u00a0", " ");
    if (figure.legend.kind === "series") for (const { label } of figure.series) expect(shown).toContain(label);
    for (const word of figure.caption.split(" ")) expect(shown).toContain(word);
  });
});

test("a long curve has twenty marks, at its first and last step among others", () => {
  const figure = curvesFigure(syntheticRecord([syntheticCell({ steps: 50 })]));
  const [placed] = figure.rows.slice(-1).flatMap(placePanels);
  if (placed === undefined) throw new Error("no panel");
  const xs = curvePoints(placed.panel, figure, placed.width).map(({ x }) => x);
  expect(xs).toHaveLength(20);
  expect([xs[0], xs.at(-1)]).toEqual([0, expect.closeTo(0.98 * placed.width, 0)]);
  const gaps = xs.slice(1).map((x, i) => x - (xs[i] ?? 0));
  expect(Math.max(...gaps) / Math.min(...gaps)).toBeLessThan(1.6);
});

test("a position on an axis is linear, or linear in the logarithm", () => {
  const axis = { quantity: "", label: "", unit: null };
  expect(positions({ ...axis, scale: "linear", domain: [0, 4] }, 100)(1)).toBe(25);
  expect(positions({ ...axis, scale: "log", domain: [0.01, 100] }, 100)(1)).toBeCloseTo(50, 9);
});

const path = fc
  .array(fc.tuple(fc.integer({ min: -50, max: 500 }), fc.integer({ min: 0, max: 104 })), { minLength: 1 })
  .map((points) => points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x},${y}`).join(""));

const drawn = (paths: readonly string[]) => `<svg>${paths.map((d) => `<path fill="none" d="${d}"/>`).join("")}</svg>`;

test("paths come back in the order in which they are drawn", () => {
  fc.assert(
    fc.property(fc.uniqueArray(path), fc.func(fc.integer()), (paths, weight) => {
      const placeholders = new Placeholders();
      const pairs = paths.map((text, i) => ({ text, short: placeholders.put(text), weight: weight(i) }));
      pairs.sort((a, b) => a.weight - b.weight);
      expect(placeholders.restore(drawn(pairs.map(({ short }) => short)))).toBe(drawn(pairs.map(({ text }) => text)));
    }),
  );
});

test("a path that is not drawn, or drawn twice, is an error", () => {
  const placeholders = new Placeholders();
  const [one, two] = [placeholders.put("M0,0L1,1"), placeholders.put("M2,2L3,3")];
  expect(() => placeholders.restore(drawn([one]))).toThrow("1 of 2 paths are not drawn");
  expect(() => placeholders.restore(drawn([one, two, one]))).toThrow("path 0 is drawn twice");
});

test("the font is named once, attributes that change nothing are dropped, and the rest stays", () => {
  const family = `font-family="${fontFamily}"`;
  const text = (words: string) => `<text transform="translate(3,0)" ${family} opacity="1">${words}</text>`;
  const svg = `<svg width="1"><g role="graphics-symbol" aria-roledescription="axis" aria-label="X">${text("a")}${text("b")}<path transform="translate(0,0)" stroke-dasharray="" d="M0,0"/></g></svg>`;
  expect(minify(svg)).toBe(
    `<svg ${family} width="1"><g role="graphics-symbol" aria-roledescription="axis" aria-label="X"><text transform="translate(3,0)">a</text><text transform="translate(3,0)">b</text><path d="M0,0"/></g></svg>`,
  );
});
