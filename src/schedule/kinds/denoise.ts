/** The end of another schedule, for runs that start from a latent: `denoise:.6+shift:3`. */

import { ProbeError } from "../../errors.ts";
import { fromSigmaAt } from "../curve.ts";
import { number } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** ComfyUI's denoise: the last N sigmas of the schedule that has ⌊N / D⌋. */
export const denoise = scheduleKind({
  name: "denoise",
  summary: "The last N sigmas of a longer schedule, for a run that starts from a latent (init): ComfyUI's denoise.",
  formula: "σᵢ = bᵢ₊ₘ₋ₙ of the schedule b with M = ⌊N / D⌋ steps",
  slopes: "-",
  source: "ComfyUI KSampler.set_steps; diffusers' strength runs the same for N = ⌊steps · strength⌋",
  example: "denoise:.6+shift:3",
  parameters: { amount: number("D, the share of the schedule that runs", { min: 0.01, max: 1 }) },
  operands: 1,
  build({ amount }, [operand]) {
    if (operand.fixedSteps !== null)
      throw new ProbeError(
        "input",
        `denoise is followed by ${operand.spec}, which has exactly ${operand.fixedSteps} steps; give the sigmas that run, or put resample+ in front of it.`,
      );
    // As Python's int(steps / denoise).
    const total = (steps: number) => Math.floor(steps / amount);
    return fromSigmaAt((x, steps) => operand.sigmaAt(x + total(steps) - steps, total(steps)), {
      float32: (steps) => operand.sigmas(total(steps)).slice(-steps),
    });
  },
});
