import { describe, expect, test } from "vitest";
import { categoricalColor, categoricalColors, rampPlace, rampStops, sequentialColor } from "../../src/figure/color.ts";

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
