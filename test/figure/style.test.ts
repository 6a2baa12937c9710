import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { factors } from "../../src/analysis/factor.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import { legendOf } from "../../src/figure/legend.ts";
import {
  categoricalColor,
  categoricalColors,
  encode,
  rampPlace,
  rampStops,
  sequentialColor,
  styles,
} from "../../src/figure/style.ts";
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

type Channels = [number, number, number];

/** sRGB to linear light, IEC 61966-2-1. */
function linear(color: string): Channels {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return [r, g, b];
}

/** Full deuteranopia and protanopia: Machado, Oliveira and Fernandes (2009), table for severity 1. */
const seenBy = {
  everyone: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  deuteranopes: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  protanopes: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
};

function seen([r, g, b]: Channels, matrix: readonly number[]): Channels {
  const row = (i: number) =>
    Math.min(1, Math.max(0, (matrix[i] ?? 0) * r + (matrix[i + 1] ?? 0) * g + (matrix[i + 2] ?? 0) * b));
  return [row(0), row(3), row(6)];
}

/** CIE L*a*b* under D65, 1976. */
function lab([r, g, b]: Channels): Channels {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a: string, b: string, matrix: readonly number[]) => {
  const [p, q] = [lab(seen(linear(a), matrix)), lab(seen(linear(b), matrix))];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
};

const luminance = (color: string) => {
  const [r, g, b] = linear(color);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrastWithWhite = (color: string) => 1.05 / (luminance(color) + 0.05);

/** The just noticeable difference in CIE L*a*b* (Mahy, Van Eycken and Oosterlinck, 1994). */
const noticeable = 2.3;

const categories = Array.from({ length: categoricalColors }, (_, i) => categoricalColor(i));
const ramp = Array.from({ length: 8 }, (_, i) => sequentialColor(rampPlace(i, 8)));

describe.each(Object.entries(seenBy))("as seen by %s", (_, matrix) => {
  test("categorical colours stay apart", () => {
    for (const [i, a] of categories.entries()) {
      for (const b of categories.slice(0, i))
        expect(distance(a, b, matrix), `${a} and ${b}`).toBeGreaterThan(5 * noticeable);
    }
  });

  test("neighbours among eight levels of the ramp stay apart", () => {
    for (const [i, color] of ramp.entries()) {
      const before = ramp[i - 1];
      if (before !== undefined)
        expect(distance(color, before, matrix), `${before} and ${color}`).toBeGreaterThan(2.5 * noticeable);
    }
  });
});

test("the ramp grows lighter all the way, so that it survives grey printing", () => {
  const shades = rampStops().map(luminance);
  for (const [i, shade] of shades.entries()) if (i > 0) expect(shade).toBeGreaterThan(shades[i - 1] ?? 0);
});

test("every colour is dark enough for a thin line on white", () => {
  for (const color of [...categories, ...ramp]) expect(contrastWithWhite(color), color).toBeGreaterThan(2);
});

test("places outside the ramp are its ends", () => {
  expect(sequentialColor(-1)).toBe(sequentialColor(0));
  expect(sequentialColor(2)).toBe(sequentialColor(1));
});

test("a thousand levels share the colours of the bar, in order", () => {
  const colors = Array.from({ length: 1000 }, (_, i) => sequentialColor(rampPlace(i, 1000)));
  expect([...new Set(colors)]).toEqual(rampStops());
});
