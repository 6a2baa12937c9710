import { family } from "../grammar/family.ts";
import { choice } from "../grammar/parameter.ts";
import { fromCourse } from "../shape.ts";

const MODELS = ["flux", "wan", "chroma"] as const;

/** N + 1 noise levels for each model's own N; the last stands for the terminal 0. */
const LEVELS: Readonly<Record<(typeof MODELS)[number], readonly number[]>> = {
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

/** OptimalSteps' tables; for another N they are interpolated in ln σ, and the last level gives way to the terminal 0. */
export const optimalSteps = family({
  name: "optimal-steps",
  summary: "OptimalSteps' tables (FLUX 10, Wan 20, Chroma 40 steps), resampled in ln σ to any N.",
  formula: "ln σᵢ interpolated at i/N between the table's levels",
  slopes: "those of the table",
  source: "Pei et al. 2025, Optimal Stepsize for Diffusion Sampling (arXiv:2503.21774); ComfyUI's OptimalSteps node",
  example: "optimal-steps:wan",
  parameters: { model: choice("whose table", MODELS) },
  build({ model }) {
    const levels = LEVELS[model];
    const last = levels.length - 1;
    const level = (place: number): number => {
      const index = Math.min(Math.floor(place), last - 1);
      const [from = 0, to = 0] = levels.slice(index, index + 2);
      return place === index ? from : from * (to / from) ** (place - index);
    };
    return fromCourse((x, steps) => (x === steps ? 0 : level((x / steps) * last)));
  },
});
