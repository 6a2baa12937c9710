import { family } from "../grammar/family.ts";
import { fromShiftFunction } from "../shape.ts";

/** σᵢ = 1 − i/N: equal steps; both end slopes are 1. The plain rectified-flow grid. */
export const linear = family({
  name: "linear",
  summary: "Equal steps, no shift.",
  formula: "φ(t) = t",
  slopes: "φ'(1) = 1, φ'(0) = 1",
  source: "Liu et al. 2022, Rectified Flow (arXiv:2209.03003)",
  example: "linear",
  parameters: {},
  build: () => fromShiftFunction((t) => t, { shift: 1, endSlopes: { start: 1, terminal: 1 } }),
});
