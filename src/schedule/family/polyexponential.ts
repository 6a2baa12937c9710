import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { toLastSigma } from "../shape.ts";
import { checkEnds, maxSigma, minSigma } from "./ends.ts";

/** Polynomial in ln σ: (1 − u)^ρ of the way from ln min to ln max; ρ = 1 is exponential. */
export const polyexponential = family({
  name: "polyexponential",
  summary: "A polynomial in ln σ, from max to min; ρ = 1 is exponential.",
  formula: "σᵢ = min·(max/min)^((1 − i/(N − 1))^ρ)",
  slopes: "first ρ·max·ln(max/min), last 0 for ρ > 1, min·ln(max/min) for ρ = 1, then min to 0 in one step",
  source: "k-diffusion get_sigmas_polyexponential",
  example: "polyexponential:rho=2",
  parameters: {
    min: minSigma,
    max: maxSigma,
    rho: number("ρ", { min: 0, max: 100, open: "min", fallback: 1 }),
  },
  build({ min, max, rho }) {
    checkEnds("polyexponential", min, max);
    return toLastSigma((u) => (u === 0 ? max : min * Math.exp((1 - u) ** rho * Math.log(max / min))));
  },
});
