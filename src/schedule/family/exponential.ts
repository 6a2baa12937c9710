import { family } from "../grammar/family.ts";
import { toLastSigma } from "../shape.ts";
import { checkEnds, maxSigma, minSigma } from "./ends.ts";

/** Even steps in ln σ from max to min. */
export const exponential = family({
  name: "exponential",
  summary: "Even steps in ln σ, from max to min.",
  formula: "σᵢ = max·(min/max)^(i/(N − 1))",
  slopes: "first max·ln(max/min), last min·ln(max/min), then min to 0 in one step",
  source: "k-diffusion get_sigmas_exponential; diffusers use_exponential_sigmas",
  example: "exponential:min=.001,max=1",
  parameters: { min: minSigma, max: maxSigma },
  build({ min, max }) {
    checkEnds("exponential", min, max);
    return toLastSigma((u) => max * Math.exp(u * Math.log(min / max)));
  },
});
