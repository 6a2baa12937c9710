import { describe, expect, test } from "vitest";
import { factors } from "../../src/analysis/factor.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import { curvesFigure } from "../../src/figure/curves.ts";
import type { Figure, Style } from "../../src/figure/figure.ts";
import { staticRows } from "../../src/figure/static/body.ts";
import {
  categoricalColor,
  categoricalColors,
  encode,
  rampPlace,
  rampStops,
  sequentialColor,
  styles,
} from "../../src/figure/style.ts";
import { quickstartCells, syntheticCell, syntheticRecord } from "../analysis/synthetic.ts";

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
});

const figureOf = (cells: readonly Cell[], axes: readonly string[]) => curvesFigure(syntheticRecord(cells, axes));

/** The styles of each panel of a static figure. */
function stylesByPanel(figure: Figure): Style[][] {
  return staticRows(figure)
    .flatMap(({ panels }) => panels)
    .map(({ traces }) => traces.flatMap(({ series }) => figure.series[series]?.style ?? []));
}

const stepsTimesShifts = (counts: number, shifts: number) =>
  figureOf(
    Array.from({ length: counts * shifts }, (_, i) =>
      syntheticCell({ steps: 4 + (i % counts), shift: 1 + Math.floor(i / counts) }),
    ),
    ["steps", "schedule"],
  );

/** Figures of few and of many curves, of ordered and nominal axes. */
const figures: [string, Figure][] = [
  ["four curves", figureOf(quickstartCells, ["steps", "schedule"])],
  ["forty curves", stepsTimesShifts(8, 5)],
  ["four hundred curves", stepsTimesShifts(10, 40)],
  [
    "twelve samplers with three schedules",
    figureOf(
      Array.from({ length: 36 }, (_, i) => syntheticCell({ sampler: `s${i % 12}`, shift: 1 + Math.floor(i / 12) })),
      ["sampler", "schedule"],
    ),
  ],
  [
    "seven samplers",
    figureOf(
      Array.from({ length: 7 }, (_, i) => syntheticCell({ sampler: `s${i}` })),
      ["sampler"],
    ),
  ],
  [
    "three factors",
    figureOf(
      Array.from({ length: 24 }, (_, i) =>
        syntheticCell({ steps: 5 + (i % 4), frames: 1 + 4 * (Math.floor(i / 4) % 3), sampler: i < 12 ? "a" : "b" }),
      ),
      ["steps", "frames", "sampler"],
    ),
  ],
];

describe.each(figures)("a figure of %s", (_, figure) => {
  test("repeats no pair of colour and marker within a panel", () => {
    for (const found of stylesByPanel(figure)) {
      const pairs = found.map(({ color, marker }) => `${color} ${marker}`);
      expect(new Set(pairs).size).toBe(pairs.length);
    }
  });

  test("shows every curve, and explains every colour and marker", () => {
    const shown = staticRows(figure).map(({ panels }) => panels.flatMap(({ traces }) => traces.map((t) => t.series)));
    for (const series of shown.slice(0, 1)) expect(new Set(series)).toEqual(new Set(figure.series.map((_, i) => i)));
    if (figure.legend.kind === "series") return;
    const { bar, groups } = figure.legend;
    const keys = groups.flatMap((group) => group.keys);
    for (const [i, { style }] of figure.series.entries()) {
      const own = keys.filter(({ series }) => series.includes(i));
      const colors = new Set(figure.series.map(({ style: { color } }) => color));
      if (bar === null && colors.size > 1) expect(own.map(({ style: { color } }) => color)).toContain(style.color);
      const markers = new Set(figure.series.map(({ style: { marker } }) => marker));
      if (bar === null && markers.size > 1) expect(own.map(({ style: { marker } }) => marker)).toContain(style.marker);
    }
  });

  test.each(["deuteranopes", "grey print"] as const)("keeps every pair of curves apart for %s", (reader) => {
    for (const found of stylesByPanel(figure)) {
      for (const [i, a] of found.entries()) {
        for (const b of found.slice(0, i)) {
          if (a.marker !== b.marker || a.dash !== b.dash) continue;
          expect(distance(a.color, b.color, seenBy[reader]), `${a.color} and ${b.color}`).toBeGreaterThan(noticeable);
        }
      }
    }
  });
});

test("the legend of many levels is a colour bar for the ordered factor", () => {
  const { legend } = stepsTimesShifts(10, 40);
  if (legend.kind !== "factors") throw new Error("four hundred curves are too many to name");
  expect(legend.bar?.label).toBe("schedule");
  expect(legend.bar?.ticks.map(({ text }) => text)).toEqual(["linear", "shift:11", "shift:21", "shift:30", "shift:40"]);
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
  /** Luminance alone, as IEC 61966-2-1 weighs it. */
  "grey print": [0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722],
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

const inColor = Object.entries(seenBy).filter(([reader]) => reader !== "grey print");

describe.each(inColor)("as seen by %s", (_, matrix) => {
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
