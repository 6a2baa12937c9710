import type { Marker, Style } from "../../figure/figure.ts";

/** Outlines of the markers around 0,0, at most 3.5 from it. */
const outlines: Record<Marker, string> = {
  circle: "M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0z",
  square: "M-3,-3h6v6h-6z",
  "triangle-up": "M-3.5,2.8L0,-3.5L3.5,2.8z",
  diamond: "M0,-3.8L3.2,0L0,3.8L-3.2,0z",
  "triangle-down": "M-3.5,-2.8L0,3.5L3.5,-2.8z",
  cross: "M-1.2,-3.5h2.4v2.3h2.3v2.4h-2.3v2.3h-2.4v-2.3h-2.3v-2.4h2.3z",
};

const dashes: Record<Style["dash"], string> = { solid: "none", dashed: "6 3", dotted: "2 2.5", dashdot: "7 2.5 2 2.5" };

/** A piece of a series' line, for legends and tables. */
export function sample({ color = "#333333", marker, dash = "solid" }: Partial<Style>): string {
  const point =
    marker === undefined ? "" : `<path transform="translate(15 6)" d="${outlines[marker]}" fill="${color}"/>`;
  return `<svg class="sample" width="30" height="12" aria-hidden="true"><path d="M1,6H29" stroke="${color}" stroke-width="2" stroke-dasharray="${dashes[dash]}"/>${point}</svg>`;
}
