/**
 * Published tables of sigmas, resampled to any number of steps.
 *
 * - Pei et al. 2025, Optimal Stepsize for Diffusion Sampling (OptimalSteps), arXiv:2503.21774
 * - distilled models, which were trained for the sigmas of their table: LTX-2, FastWan
 */

import { fromShiftFunction, fromSigmaAt } from "../curve.ts";
import { throughSigmas } from "../math/pchip.ts";
import { choice } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

const OPTIMAL_MODELS = ["flux", "wan", "chroma"] as const;

/** N + 1 noise levels for the N that each model was optimised for; the last one represents the terminal 0. */
const OPTIMAL_LEVELS: Readonly<Record<(typeof OPTIMAL_MODELS)[number], readonly number[]>> = {
  flux: [0.9968, 0.9886, 0.9819, 0.975, 0.966, 0.9471, 0.9158, 0.8287, 0.5512, 0.2808, 0.001],
  wan: [
    1, 0.997, 0.995, 0.993, 0.991, 0.989, 0.987, 0.985, 0.98, 0.975, 0.973, 0.968, 0.96, 0.946, 0.927, 0.902, 0.864,
    0.776, 0.539, 0.208, 0.001,
  ],
  chroma: [
    0.992, 0.99, 0.988, 0.985, 0.982, 0.978, 0.973, 0.968, 0.961, 0.953, 0.943, 0.931, 0.917, 0.9, 0.881, 0.858, 0.832,
    0.802, 0.769, 0.731, 0.69, 0.646, 0.599, 0.55, 0.501, 0.451, 0.402, 0.355, 0.311, 0.27, 0.232, 0.199, 0.169, 0.143,
    0.12, 0.101, 0.084, 0.07, 0.058, 0.048, 0.001,
  ],
};

/** For other N the table is interpolated in ln σ; its last level is replaced by the terminal 0. */
export const optimalSteps = scheduleKind({
  name: "optimal-steps",
  summary: "OptimalSteps' tables (FLUX 10, Wan 20, Chroma 40 steps), resampled in ln σ to any N.",
  formula: "ln σᵢ interpolated at i/N between the levels of the table",
  slopes: "those of the table",
  source: "Pei et al. 2025, Optimal Stepsize for Diffusion Sampling (arXiv:2503.21774); ComfyUI's OptimalSteps node",
  example: "optimal-steps:wan",
  parameters: { model: choice("the model", OPTIMAL_MODELS) },
  build({ model }) {
    const levels = OPTIMAL_LEVELS[model];
    const last = levels.length - 1;
    const level = (place: number): number => {
      const index = Math.min(Math.floor(place), last - 1);
      const [from = 0, to = 0] = levels.slice(index, index + 2);
      return place === index ? from : from * (to / from) ** (place - index);
    };
    return fromSigmaAt((x, steps) => (x === steps ? 0 : level((x / steps) * last)));
  },
});

const DISTILLED_MODELS = ["ltx-2", "fastwan-480p"] as const;

/** The sigmas for which each model was distilled. FastWan publishes timesteps, 1000σ. */
const DISTILLED_SIGMAS: Readonly<Record<(typeof DISTILLED_MODELS)[number], readonly number[]>> = {
  "ltx-2": [1, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875],
  "fastwan-480p": [1, 0.757, 0.522],
};

/** Exact at the table's own number of steps; for other N through a monotone cubic. */
export const distilled = scheduleKind({
  name: "distilled",
  summary: "Tables of distilled models (LTX-2 8, FastWan 3 steps), resampled by monotone cubic interpolation to any N.",
  formula: "φ is the monotone cubic through (1 − i/K, σᵢ) and (0, 0)",
  slopes: "those of the table",
  source: "LTX-2's DISTILLED_SIGMA_VALUES; FastWan2.1's timesteps 1000, 757, 522",
  example: "distilled:ltx-2",
  parameters: { model: choice("the model", DISTILLED_MODELS) },
  build: ({ model }) => fromShiftFunction(throughSigmas(DISTILLED_SIGMAS[model])),
});
