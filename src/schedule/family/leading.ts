import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromTimesteps, TRAINING_TIMESTEPS } from "../timesteps.ts";

/**
 * Whole training timesteps at a whole stride from the lowest up, then turned round: t = (N − 1 − i)·⌊1000/N⌋ + offset.
 * The first one is below 999 where N > 1, far below where N does not divide 1000: N = 150 begins at 894. N ≤ 1000.
 */
export const leading = family({
  name: "leading",
  summary: "Whole timesteps of a variance-preserving model at a whole stride from the lowest up (DDIM, PNDM; Latte).",
  formula: "σᵢ = (tᵢ + 1)/1000, tᵢ = (N − 1 − i)·⌊1000/N⌋ + offset",
  slopes: "φ'(1) = φ'(0) = N·⌊1000/N⌋/1000",
  source: "Lin et al. 2023 (arXiv:2305.08891), table 2; diffusers' timestep_spacing=leading, steps_offset",
  example: "leading:offset=1",
  parameters: {
    offset: number("steps_offset, added to every timestep; 0 as in DDIMScheduler, 1 in Stable Diffusion", {
      min: 0,
      max: TRAINING_TIMESTEPS - 1,
      integer: true,
      fallback: 0,
    }),
  },
  build: ({ offset }) =>
    fromTimesteps((index, steps) => (steps - 1 - index) * Math.floor(TRAINING_TIMESTEPS / steps) + offset),
});
