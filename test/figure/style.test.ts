import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { factors } from "../../src/analysis/factor.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import { sequentialColor } from "../../src/figure/color.ts";
import { legendOf } from "../../src/figure/legend.ts";
import { encode, styles } from "../../src/figure/style.ts";
import { quickstartCells, syntheticCell } from "../analysis/synthetic.ts";

const identified = (cells: readonly Cell[]) => cells.map((cell, i) => ({ cellId: `c${i}`, cell }));
const encodingOf = (cells: readonly Cell[], axes: readonly string[]) => encode(factors(identified(cells), axes));

function stylesOf(cells: readonly Cell[], axes: readonly string[]) {
  const style = styles(encodingOf(cells, axes));
  return identified(cells).map(({ cellId }) => style(cellId));
}

describe("styles", () => {
  test("of one ordered axis run along the ramp, of a nominal one through the categories", () => {
    const ordered = stylesOf(
      [10, 20, 50].map((steps) => syntheticCell({ steps })),
      ["steps"],
    );
    expect(ordered.map(({ color }) => color)).toEqual([0, 0.5, 1].map(sequentialColor));
    const nominal = stylesOf(
      ["euler", "heun"].map((sampler) => syntheticCell({ sampler })),
      ["sampler"],
    );
    expect(nominal.map(({ color }) => color)).toEqual(["#0072b2", "#d55e00"]);
  });

  test("of the quickstart colour the schedule and mark the steps", () => {
    const [a, b, c, d] = stylesOf(quickstartCells, ["steps", "schedule"]);
    expect([a?.color, a?.marker, a?.dash]).toEqual([c?.color, "circle", "solid"]);
    expect([d?.color, d?.marker, d?.dash]).toEqual([b?.color, "square", "dashed"]);
    expect(a?.color).not.toBe(b?.color);
  });

  test("tell all cells of up to three small factors apart", () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(shape, ([n, m, k]) => {
        const cells = Array.from({ length: n * m * k }, (_, i) =>
          syntheticCell({ seed: i % n, steps: 5 + (Math.floor(i / n) % m), frames: 1 + 4 * Math.floor(i / (n * m)) }),
        );
        const found = stylesOf(cells, ["seed", "steps", "frames"]);
        expect(new Set(found.map((style) => JSON.stringify(style))).size).toBe(cells.length);
      }),
      { numRuns: 30 },
    );
  });

  test("go on with marks and dashes where categorical colours run out", () => {
    const found = stylesOf(
      Array.from({ length: 20 }, (_, seed) => syntheticCell({ seed })),
      ["seed"],
    );
    expect(new Set(found.map((style) => JSON.stringify(style))).size).toBe(20);
  });
});

describe("the legend", () => {
  const many = Array.from({ length: 200 }, (_, i) =>
    syntheticCell({ steps: 1 + (i % 50), sampler: `s${Math.floor(i / 50)}` }),
  );

  test("names every series while a reader can find one", () => {
    expect(legendOf(encodingOf(quickstartCells, []), 4)).toEqual({ kind: "series" });
  });

  test("names two dozen models, whose colours come again with other marks, and no two dozen steps", () => {
    const models = Array.from({ length: 24 }, (_, i) => syntheticCell({ model: `m${i}`, height: 64 + 16 * i }));
    expect(legendOf(encodingOf(models, ["model", "height"]), models.length)).toEqual({ kind: "series" });
    const steps = Array.from({ length: 24 }, (_, i) => syntheticCell({ steps: 1 + i }));
    expect(legendOf(encodingOf(steps, ["steps"]), steps.length)).toMatchObject({ kind: "factors" });
  });

  test("of many cells is a colour bar for the ordered factor and keys for the other", () => {
    const legend = legendOf(encodingOf(many, ["steps", "sampler"]), many.length);
    if (legend.kind !== "factors") throw new Error("two hundred cells are too many to name");
    expect(legend.bar?.label).toBe("steps");
    expect(legend.bar?.ticks.map(({ text }) => text)).toEqual(["1", "13", "26", "38", "50"]);
    expect(legend.groups.map(({ label, keys }) => [label, keys.length])).toEqual([["sampler", 4]]);
  });

  test("of many nominal levels names some and says how many more there are", () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => syntheticCell({ seed }));
    const legend = legendOf(encodingOf(seeds, ["seed"]), seeds.length);
    if (legend.kind !== "factors") throw new Error("forty cells are too many to name");
    expect(legend.groups[0]?.keys.at(-1)).toEqual({ label: "and 32 more", style: {} });
  });
});
