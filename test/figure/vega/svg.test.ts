import { describe, expect, test } from "vitest";
import { articleFigure } from "../../../src/figure/article.ts";
import { densityFigure } from "../../../src/figure/density.ts";
import type { Figure } from "../../../src/figure/figure.ts";
import { curvePaths, curvePoints } from "../../../src/figure/vega/curves.ts";
import { page, panelTop, placePanels, positions, rowHeight } from "../../../src/figure/vega/layout.ts";
import { legendBlock } from "../../../src/figure/vega/legend.ts";
import { renderSvg } from "../../../src/figure/vega/render.ts";
import { vegaSpec } from "../../../src/figure/vega/spec.ts";
import { syntheticCell, syntheticRecord } from "../../analysis/synthetic.ts";
import { differsFromGolden } from "./golden.ts";

const quickstart = syntheticRecord();
const manyCells = Array.from({ length: 18 }, (_, i) =>
  syntheticCell({ steps: 2 + (i % 9), sampler: i < 9 ? "euler" : "heun" }),
);
const pictures: [string, Figure][] = [
  ["synthetic-quickstart", articleFigure(quickstart)],
  ["synthetic-densities", densityFigure(quickstart)],
  ["synthetic-many-cells", articleFigure(syntheticRecord(manyCells, ["steps", "sampler"]))],
  [
    "synthetic-without-cfg",
    articleFigure(syntheticRecord([syntheticCell({ true_cfg_scale: 1, negative_prompt: null })], [])),
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
  const figure = articleFigure(syntheticRecord([syntheticCell({ steps: 50 })]));
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
