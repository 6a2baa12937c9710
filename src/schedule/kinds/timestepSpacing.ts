/**
 * Timestep spacings of variance-preserving (DDPM) models, as named in diffusers' `timestep_spacing`. These models are
 * defined at 1000 whole training timesteps. Here timestep t is written σ = (t + 1)/1000, a position in the training
 * range; the noise level at t is defined by the model's own betas. The clean end is the terminal 0.
 *
 * - Lin et al. 2023, Common Diffusion Noise Schedules and Sample Steps Are Flawed, arXiv:2305.08891, table 2
 * - Nichol & Dhariwal 2021, Improved DDPM, arXiv:2102.09672
 */

import { type Curve, fromSteps } from "../curve.ts";
import { number } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** Number of training timesteps, 0 to 999. */
const TRAINING_TIMESTEPS = 1000;

/** Rounds as NumPy and Python do: ties to even. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * A curve of whole training timesteps.
 *
 * @param timestep t at step `index`, strictly decreasing within 0 … 999 if N allows it
 */
function fromTimesteps(timestep: (index: number, steps: number) => number): Curve {
  return fromSteps((index, steps) => (timestep(index, steps) + 1) / TRAINING_TIMESTEPS);
}

/**
 * Even spacing backwards from the last timestep, 999, as CogVideoX runs it: t = round(1000 − i·1000/N) − 1, computed as
 * by NumPy's arange, which decides ties that float64 cannot represent (N = 48, 96, …). N ≤ 1000.
 */
export const trailing = scheduleKind({
  name: "trailing",
  summary: "Whole timesteps of a variance-preserving model, evenly spaced back from the last one (CogVideoX).",
  formula: "σᵢ = (tᵢ + 1)/1000, tᵢ = round(1000 − i·1000/N) − 1",
  slopes: "φ'(1) = φ'(0) = 1, apart from rounding",
  source: "Lin et al. 2023 (arXiv:2305.08891), table 2; diffusers' timestep_spacing=trailing",
  example: "trailing",
  parameters: {},
  build: () =>
    fromTimesteps((index, steps) => {
      const stride = TRAINING_TIMESTEPS - TRAINING_TIMESTEPS / steps - TRAINING_TIMESTEPS;
      return roundHalfEven(TRAINING_TIMESTEPS + index * stride) - 1;
    }),
});

/**
 * A whole stride upwards from the lowest timestep, then reversed: t = (N − 1 − i)·⌊1000/N⌋ + offset. The first timestep
 * is below 999 for N > 1, and far below if N does not divide 1000: N = 150 starts at 894. N ≤ 1000.
 */
export const leading = scheduleKind({
  name: "leading",
  summary: "Whole timesteps of a variance-preserving model, in whole strides up from the lowest (DDIM, PNDM; Latte).",
  formula: "σᵢ = (tᵢ + 1)/1000, tᵢ = (N − 1 − i)·⌊1000/N⌋ + offset",
  slopes: "φ'(1) = φ'(0) = N·⌊1000/N⌋/1000",
  source: "Lin et al. 2023 (arXiv:2305.08891), table 2; diffusers' timestep_spacing=leading, steps_offset",
  example: "leading:offset=1",
  parameters: {
    offset: number("steps_offset, added to every timestep; 0 in DDIMScheduler, 1 in Stable Diffusion", {
      min: 0,
      max: TRAINING_TIMESTEPS - 1,
      integer: true,
      fallback: 0,
    }),
  },
  build: ({ offset }) =>
    fromTimesteps((index, steps) => (steps - 1 - index) * Math.floor(TRAINING_TIMESTEPS / steps) + offset),
});

/** Even spacing from 999 to 0, both included: t = round(999·(1 − i/(N − 1))). One step is t = 0, as in diffusers. N ≤ 1000. */
export const linspace = scheduleKind({
  name: "linspace",
  summary:
    "Whole timesteps of a variance-preserving model, evenly spaced from 999 to 0 (improved DDPM; Open-Sora 1.0, 1.1).",
  formula: "σᵢ = (tᵢ + 1)/1000, tᵢ = round(999·(N − 1 − i)/(N − 1))",
  slopes: "φ'(1) = φ'(0) = .999·N/(N − 1), apart from rounding; the last step is .001",
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

/** Another schedule at whole timesteps: each σ rounded to the nearest thousandth. Its typed name is `thousandths`. */
export const quantized = scheduleKind({
  name: "thousandths",
  summary: "Another schedule quantized to thousandths, the timesteps of a variance-preserving model.",
  formula: "σᵢ → round(1000·σᵢ)/1000",
  slopes: "those of the schedule, apart from rounding",
  source: "-",
  example: "thousandths+shift:7",
  parameters: {},
  operands: 1,
  build: (_, [{ sigmaAt, fixedSteps }]) =>
    fromSteps((index, steps) => Math.round(TRAINING_TIMESTEPS * sigmaAt(index, steps)) / TRAINING_TIMESTEPS, {
      fixedSteps,
    }),
});
