import { family } from "../grammar/family.ts";
import { toLastSigma } from "../shape.ts";
import { checkEnds, maxSigma, minSigma } from "./ends.ts";

/** Even steps in arctan σ from max to min: the optimum of a bound on the KL divergence for Gaussian data. */
export const klOptimal = family({
  name: "kl-optimal",
  summary: "Even steps in arctan σ, from max to min.",
  formula: "σᵢ = tan(arctan max + i/(N − 1)·(arctan min − arctan max))",
  slopes: "-",
  source: "Sabour et al. 2024, Align Your Steps (arXiv:2404.14507), theorem 3.1; ComfyUI kl_optimal",
  example: "kl-optimal:min=.001",
  parameters: { min: minSigma, max: maxSigma },
  build({ min, max }) {
    checkEnds("kl-optimal", min, max);
    return toLastSigma((u) => (u === 0 ? max : Math.tan(u * Math.atan(min) + (1 - u) * Math.atan(max))));
  },
});
