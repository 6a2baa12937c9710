import type { Mark } from "vega";
import type { Marker, Style } from "../figure.ts";

export const ink = "#333333";
export const quietInk = "#666666";

export interface TextAt {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly align?: "left" | "center" | "right";
  readonly angle?: number;
  readonly weight?: "normal" | 600;
  readonly color?: string;
}

/** One line of text with its baseline at y. */
export function text({ text, x, y, size, align, angle, weight, color }: TextAt): Mark {
  return {
    type: "text",
    encode: {
      enter: {
        text: { value: text },
        x: { value: x },
        y: { value: y },
        fontSize: { value: size },
        align: { value: align ?? "left" },
        angle: { value: angle ?? 0 },
        fontWeight: { value: weight ?? "normal" },
        fill: { value: color ?? ink },
      },
    },
  };
}

/** SVG's stroke-dasharray of each dash, in px. */
export const dashArrays: Record<Style["dash"], readonly number[]> = {
  solid: [],
  dashed: [4.5, 2.2],
  dotted: [1.4, 1.8],
  dashdot: [6, 2, 1.5, 2],
};

/** Half of √3: height over width of a triangle's half. */
const halfSqrt3 = Math.sqrt(3) / 2;

/** Outline of each marker around its centre, as relative SVG path commands; r is half the width in px. */
const outlines: Record<Marker, (r: number) => string> = {
  circle: (r) => `m${n(r)},0a${n(r)},${n(r)},0,1,1,${n(-2 * r)},0a${n(r)},${n(r)},0,1,1,${n(2 * r)},0z`,
  square: (r) => `m${n(-r)},${n(-r)}h${n(2 * r)}v${n(2 * r)}h${n(-2 * r)}z`,
  "triangle-up": (r) => `m0,${n(-halfSqrt3 * r)}l${n(r)},${n(2 * halfSqrt3 * r)}h${n(-2 * r)}z`,
  "triangle-down": (r) => `m0,${n(halfSqrt3 * r)}l${n(r)},${n(-2 * halfSqrt3 * r)}h${n(-2 * r)}z`,
  diamond: (r) => `m${n(-r)},0l${n(r)},${n(-r)}l${n(r)},${n(r)}l${n(-r)},${n(r)}z`,
  cross: (r) => {
    const [arm, bar] = [n(0.6 * r), n(0.8 * r)];
    const [armBack, barBack] = [n(-0.6 * r), n(-0.8 * r)];
    return `m${n(-r)},${n(-0.4 * r)}h${arm}v${armBack}h${bar}v${arm}h${arm}v${bar}h${armBack}v${arm}h${barBack}v${armBack}h${armBack}z`;
  },
};

/**
 * A marker around (x, y) as part of an SVG path, so that all marks of one colour form one element.
 *
 * @param width in px
 */
export function markerPath(marker: Marker, x: number, y: number, width: number): string {
  return `M${n(x)},${n(y)}${outlines[marker](width / 2)}`;
}

/** Rounds to a hundredth of a px, finer than any screen. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
