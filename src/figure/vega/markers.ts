import type { Marker } from "../figure.ts";

/** Half of √3: height over width of a triangle's half. */
const halfSqrt3 = Math.sqrt(3) / 2;

/** Outline of each marker from its centre, as relative commands of an SVG path; r is half its width in px. */
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
 * A marker around (x, y) as part of an SVG path, so that all marks of one colour are one element.
 *
 * @param width in px
 */
export function markerPath(marker: Marker, x: number, y: number, width: number): string {
  return `M${n(x)},${n(y)}${outlines[marker](width / 2)}`;
}

/** A hundredth of a px is finer than any screen. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
