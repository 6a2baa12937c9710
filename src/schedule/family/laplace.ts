import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

/** σ for t < ½, where its odds follow a power law: e^μ·(2t)^b. */
function nearZero(mu: number, b: number, t: number): number {
  const odds = Math.exp(mu) * (2 * t) ** b;
  return odds / (1 + odds);
}

function slope(mu: number, b: number): number {
  return b === 1 ? 2 * Math.exp(mu) : b > 1 ? 0 : Number.POSITIVE_INFINITY;
}

/** The Laplace noise schedule: logit σ = μ + b·Q(t) with the Laplace quantile Q(t) = −sgn(t − ½)·ln(1 − 2|t − ½|). */
export const laplace = family({
  name: "laplace",
  summary: "The Laplace noise schedule: steps gathered around the σ whose logit is μ.",
  formula: "logit φ(t) = μ + b·Q(t), Q(t) = ln 2t for t < ½, −ln 2(1 − t) above",
  slopes: "b = 1: φ'(1) = 2e^−μ, φ'(0) = 2e^μ; b > 1: 0; b < 1: ∞",
  source: "Hang et al. 2024, Improved Noise Schedule for Diffusion Training (arXiv:2407.03297)",
  example: "laplace:0,.5",
  parameters: {
    mu: number("μ, the logit of σ in the middle; ln of a shift", { min: -10, max: 10 }),
    b: number("the spread", { min: 0, max: 10, open: "min" }),
  },
  build: ({ mu, b }) =>
    fromShiftFunction((t) => (t < 0.5 ? nearZero(mu, b, t) : 1 - nearZero(-mu, b, 1 - t)), {
      endSlopes: { start: slope(-mu, b), terminal: slope(mu, b) },
    }),
});
