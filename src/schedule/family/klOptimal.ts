import { family } from "../grammar/family.ts";
import { toLastSigma } from "../shape.ts";
import { checkEnds, maxSigma, minSigma } from "./ends.ts";

/** Even steps in arctan σ from max to min: the optimum of a bound on the KL divergence for Gaussian data. */
export const klOptimal = family({
  name: "kl-optimal",
  summary: "Even steps in arctan σ, from max to min.",
  formula: "σᵢ = tan(arctan max + i/(N − 1)·(arctan min − arctan max))",
  slopes: "with D = arctan max − arctan min: first (1 + max²)·D, last (1 + min²)·D, then min to 0 in one step",
  source: "Sabour et al. 2024, Align Your Steps (arXiv:2404.14507); ComfyUI kl_optimal",
  example: "kl-optimal:min=.001",
  parameters: { min: minSigma, max: maxSigma },
  build({ min, max }) {
    checkEnds("kl-optimal", min, max);
    return toLastSigma((u) => (u === 0 ? max : Math.tan(u * Math.atan(min) + (1 - u) * Math.atan(max))));
  },
});
