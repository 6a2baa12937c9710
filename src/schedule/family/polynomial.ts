import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

/** φ(t) = t^p. For p < 1 it starts flat and ends infinitely steep, for p > 1 the other way round. */
export const polynomial = family({
  name: "polynomial",
  summary: "A power of t; p < 1 takes small steps first.",
  formula: "φ(t) = t^p",
  slopes: "φ'(1) = p, φ'(0) = 0 for p > 1, ∞ for p < 1",
  source: "-",
  example: "polynomial:.5",
  parameters: { p: number("the power", { min: 0, max: 100, open: "min" }) },
  build: ({ p }) =>
    fromShiftFunction((t) => t ** p, {
      endSlopes: { start: p, terminal: p === 1 ? 1 : p > 1 ? 0 : Number.POSITIVE_INFINITY },
    }),
});
