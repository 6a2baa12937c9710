import { family } from "../grammar/family.ts";
import { choice } from "../grammar/parameter.ts";
import { throughPoints } from "../points.ts";
import { fromShiftFunction } from "../shape.ts";

const MODELS = ["ltx-2", "fastwan-480p"] as const;

/** The sigmas that each model was distilled for; FastWan publishes timesteps, 1000σ. */
const SIGMAS: Readonly<Record<(typeof MODELS)[number], readonly number[]>> = {
  "ltx-2": [1, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875],
  "fastwan-480p": [1, 0.757, 0.522],
};

/** Tables of distilled models, exact at their own number of steps, else through a monotone cubic. */
export const distilled = family({
  name: "distilled",
  summary: "Tables of distilled models (LTX-2 8, FastWan 3 steps), resampled by monotone cubic to any N.",
  formula: "φ the monotone cubic through (1 − i/K, σᵢ) and (0, 0)",
  slopes: "those of the table",
  source: "LTX-2's DISTILLED_SIGMA_VALUES; FastWan2.1's timesteps 1000, 757, 522",
  example: "distilled:ltx-2",
  parameters: { model: choice("whose table", MODELS) },
  build: ({ model }) => fromShiftFunction(throughPoints(SIGMAS[model])),
});
