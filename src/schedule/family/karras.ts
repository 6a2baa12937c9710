import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { toLastSigma } from "../shape.ts";
import { checkEnds, maxSigma, minSigma } from "./ends.ts";

/** Karras et al.: σ^(1/ρ) falls evenly from max to min; ρ = 1 is linear, larger ρ takes more steps near min. */
export const karras = family({
  name: "karras",
  summary: "Karras et al.: even steps in σ^(1/ρ), from max to min.",
  formula: "σᵢ = (max^(1/ρ) + i/(N − 1)·(min^(1/ρ) − max^(1/ρ)))^ρ",
  slopes: "with D = max^(1/ρ) − min^(1/ρ): first ρ·D·max^(1 − 1/ρ), last ρ·D·min^(1 − 1/ρ), then min to 0 in one step",
  source: "Karras et al. 2022, EDM (arXiv:2206.00364), eq. 5; diffusers use_karras_sigmas",
  example: "karras:min=.001,max=1,rho=7",
  parameters: {
    min: minSigma,
    max: maxSigma,
    rho: number("ρ", { min: 0, max: 1000, open: "min", fallback: 7 }),
  },
  build({ min, max, rho }) {
    checkEnds("karras", min, max);
    const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
    return toLastSigma((u) => (u === 0 ? max : (from + u * (to - from)) ** rho));
  },
});
