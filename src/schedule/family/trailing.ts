import { family } from "../grammar/family.ts";
import { fromTimesteps, roundHalfEven, TRAINING_TIMESTEPS } from "../timesteps.ts";

/**
 * Whole training timesteps spaced evenly back from the last one, 999, as CogVideoX runs: t = round(1000 − i·1000/N) − 1
 * in the arithmetic of NumPy's arange, which decides halves that float64 does not hold (N = 48, 96, …). N ≤ 1000.
 */
export const trailing = family({
  name: "trailing",
  summary: "Whole timesteps of a variance-preserving model, even, from the last one down (CogVideoX).",
  formula: "σᵢ = (tᵢ + 1)/1000, tᵢ = round(1000 − i·1000/N) − 1",
  slopes: "φ'(1) = φ'(0) = 1, but for the rounding",
  source: "Lin et al. 2023 (arXiv:2305.08891), table 2; diffusers' timestep_spacing=trailing",
  example: "trailing",
  parameters: {},
  build: () =>
    fromTimesteps((index, steps) => {
      const stride = TRAINING_TIMESTEPS - TRAINING_TIMESTEPS / steps - TRAINING_TIMESTEPS;
      return roundHalfEven(TRAINING_TIMESTEPS + index * stride) - 1;
    }),
});
