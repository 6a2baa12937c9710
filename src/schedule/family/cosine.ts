import { family } from "../grammar/family.ts";
import { fromShiftFunction } from "../shape.ts";

/** sin²(πt/2) = 1 − ᾱ of the cosine noise schedule, taken as a shift function: flat at both ends. */
export const cosine = family({
  name: "cosine",
  summary: "The cosine noise schedule's 1 − ᾱ as a shift function: flat at both ends.",
  formula: "φ(t) = sin²(πt/2)",
  slopes: "φ'(1) = 0, φ'(0) = 0",
  source: "Nichol & Dhariwal 2021 (arXiv:2102.09672)",
  example: "cosine",
  parameters: {},
  build: () =>
    fromShiftFunction((t) => (t === 1 ? 1 : Math.sin((Math.PI / 2) * t) ** 2), {
      endSlopes: { start: 0, terminal: 0 },
    }),
});
