import { family } from "../grammar/family.ts";
import { number, optional } from "../grammar/parameter.ts";
import { betaQuantile } from "../math/beta.ts";
import { fromShiftFunction, toLastSigma } from "../shape.ts";
import { checkEnds, maxSigma, minSigma } from "./ends.ts";

/** Slope of the quantile at an end whose own shape is `own`: 1/f there. */
function endSlope(own: number, other: number): number {
  if (own === 1) return 1 / other;
  return own < 1 ? 0 : Number.POSITIVE_INFINITY;
}

const shape = { min: 0, max: 1000, open: "min" } as const;

/**
 * The quantile function of a beta distribution. Without `min` it is a shift function on the grid 1 − i/N, as in
 * ComfyUI; with it, i/(N − 1) runs from max to min, as in diffusers. α, β < 1 take more steps at both ends.
 */
export const beta = family({
  name: "beta",
  summary: "The beta distribution's quantile; α = β = .6 is the paper's, .5, .7 is beta57.",
  formula: "φ(t) = I⁻¹(t; α, β); with min: σᵢ = min + (max − min)·I⁻¹(1 − i/(N − 1); α, β)",
  slopes: "φ'(1) = 0, 1/α, ∞ for β <, =, > 1; φ'(0) = 0, 1/β, ∞ for α <, =, > 1",
  source: "Lee et al. 2024, Beta Sampling is All You Need (arXiv:2407.12173); diffusers use_beta_sigmas",
  example: "beta:.6,.6",
  parameters: {
    alpha: number("α, the shape towards σ = 0", shape),
    beta: number("β, the shape towards σ = 1", shape),
    min: optional({ ...minSigma, doc: "the last sigma, as diffusers has it" }),
    max: maxSigma,
  },
  build({ alpha, beta: second, min, max }) {
    const quantile = (t: number): number => betaQuantile(t, alpha, second);
    if (min === null)
      return fromShiftFunction((t) => max * quantile(t), {
        endSlopes: { start: max * endSlope(second, alpha), terminal: max * endSlope(alpha, second) },
      });
    checkEnds("beta", min, max);
    return toLastSigma((u) => min + quantile(1 - u) * (max - min));
  },
});

/** RES4LYF's name for beta:.5,.7. */
export const beta57 = family({
  name: "beta57",
  summary: "Stands for beta:.5,.7.",
  formula: "φ(t) = I⁻¹(t; .5, .7)",
  slopes: "φ'(1) = 0, φ'(0) = 0",
  source: "RES4LYF",
  example: "beta57",
  parameters: {},
  build: () => "beta:.5,.7",
});
