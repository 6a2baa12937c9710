import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { normalQuantile } from "../math/normal.ts";
import { fromShiftFunction } from "../shape.ts";

/** The logit-normal's quantile: steps spread as SD3 spreads its training times; μ shifts them as ln s does. */
export const logitNormal = family({
  name: "logit-normal",
  summary: "The logit-normal's quantile: steps where SD3-like models were trained.",
  formula: "φ(t) = 1/(1 + e^(−μ − s·Φ⁻¹(t)))",
  slopes: "∞ at both ends",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  example: "logit-normal:0,1",
  parameters: {
    mu: number("μ, the middle of logit σ; ln of a shift", { min: -10, max: 10 }),
    s: number("the spread of logit σ", { min: 0, max: 10, open: "min" }),
  },
  build: ({ mu, s }) =>
    fromShiftFunction((t) => 1 / (1 + Math.exp(-mu - s * normalQuantile(t))), {
      endSlopes: { start: Number.POSITIVE_INFINITY, terminal: Number.POSITIVE_INFINITY },
    }),
});
