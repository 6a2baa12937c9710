import { family } from "../grammar/family.ts";
import { fromTimesteps, roundHalfEven, TRAINING_TIMESTEPS } from "../timesteps.ts";

/**
 * Whole training timesteps spaced evenly from the last one, 999, to the first, 0, both kept: t = round(999·(1 − i/(N −
 * 1))). One step is t = 0, as in diffusers. N ≤ 1000.
 */
export const linspace = family({
  name: "linspace",
  summary: "Whole timesteps of a variance-preserving model, even, from 999 to 0 (improved DDPM; Open-Sora 1.0, 1.1).",
  formula: "σᵢ = (tᵢ + 1)/1000, tᵢ = round(999·(N − 1 − i)/(N − 1))",
  slopes: "φ'(1) = φ'(0) = .999·N/(N − 1), but for the rounding; the last step falls by .001",
  source: "Nichol & Dhariwal 2021 (arXiv:2102.09672); Lin et al. 2023 (arXiv:2305.08891); diffusers' linspace",
  example: "linspace",
  parameters: {},
  build: () =>
    fromTimesteps((index, steps) => {
      const last = TRAINING_TIMESTEPS - 1;
      const fromClean = steps - 1 - index;
      if (steps === 1) return 0;
      return fromClean === steps - 1 ? last : roundHalfEven(fromClean * (last / (steps - 1)));
    }),
});
