import type { Marker, Style } from "../figure.ts";

/*
 * What a static figure is made of, in pt from the page's upper left corner. Writers turn it into SVG or PDF.
 */

export const ink = "#222222";
export const quietInk = "#595959";
export const gridInk = "#e4e4e4";
export const axisInk = "#8a8a8a";
export const contextInk = "#d4d4d4";

export interface PathMark {
  readonly kind: "path";
  /** SVG path data. */
  readonly d: string;
  readonly stroke?: string | undefined;
  readonly fill?: string | undefined;
  readonly width?: number | undefined;
  readonly dash?: readonly number[] | undefined;
  readonly opacity?: number | undefined;
}

export interface TextMark {
  readonly kind: "text";
  readonly text: string;
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  readonly size: number;
  readonly color?: string | undefined;
  readonly bold?: boolean | undefined;
  readonly align?: "left" | "center" | "right" | undefined;
  /** Reads upwards. */
  readonly upright?: boolean | undefined;
}

export interface RectMark {
  readonly kind: "rect";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
}

/** Marks with an alternative text. */
export interface GroupMark {
  readonly kind: "group";
  readonly description: string;
  readonly marks: readonly Mark[];
}

export type Mark = PathMark | TextMark | RectMark | GroupMark;

/** A page of marks. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly description: string;
  readonly marks: readonly Mark[];
}

/** A line of text with its baseline at y. */
export function text(words: string, x: number, y: number, size: number, more: Partial<TextMark> = {}): TextMark {
  return { kind: "text", text: words, x, y, size, ...more };
}

/** SVG's stroke-dasharray of each dash, in pt. */
export const dashArrays: Record<Style["dash"], readonly number[]> = {
  solid: [],
  dashed: [3.6, 1.8],
  dotted: [1.1, 1.4],
  dashdot: [4.8, 1.6, 1.2, 1.6],
};

/** Half of √3: height over width of a triangle's half. */
const halfSqrt3 = Math.sqrt(3) / 2;

/** Outline of each marker around its centre, as relative SVG path commands; r is half the width in pt. */
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
 * @param width in pt
 */
export function markerPath(marker: Marker, x: number, y: number, width: number): string {
  return `M${n(x)},${n(y)}${outlines[marker](width / 2)}`;
}

/** Rounds to a hundredth of a pt, finer than any screen. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
