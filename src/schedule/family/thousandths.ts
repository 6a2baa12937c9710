import { family } from "../grammar/family.ts";
import { fromSteps } from "../shape.ts";
import { TRAINING_TIMESTEPS } from "../timesteps.ts";

/** Another schedule on the whole timesteps that a variance-preserving model has: each σ to the nearest thousandth. */
export const thousandths = family({
  name: "thousandths",
  summary: "Another schedule rounded to thousandths, the timesteps of a variance-preserving model.",
  formula: "σᵢ → round(1000·σᵢ)/1000",
  slopes: "those of the schedule, but for the rounding",
  source: "-",
  example: "thousandths+shift:7",
  parameters: {},
  operands: 1,
  build: (_, [{ course, fixedSteps }]) =>
    fromSteps((index, steps) => Math.round(TRAINING_TIMESTEPS * course(index, steps)) / TRAINING_TIMESTEPS, {
      fixedSteps,
    }),
});
