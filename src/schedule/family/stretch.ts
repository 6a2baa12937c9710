import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromCourse } from "../shape.ts";

/**
 * The terminal stretch of LTX and Qwen-Image: scales 1 − σ so that the last sigma is T instead of what the schedule
 * gives, and keeps σ = 1. In float32 it rounds as diffusers does, each operation on its own.
 */
export const stretch = family({
  name: "stretch",
  summary: "Another schedule, its last sigma moved to a given one (LTX-2 .1, Qwen-Image .02).",
  formula: "σᵢ → 1 − (1 − σᵢ)(1 − T)/(1 − σ_last)",
  slopes: "those of the schedule, times (1 − T)/(1 − σ_last)",
  source: "LTX-Video's code; diffusers stretch_shift_to_terminal",
  example: "stretch:.1+shift:7",
  parameters: { terminal: number("T, the last sigma", { min: 0, max: 1, open: "both" }) },
  operands: 1,
  build({ terminal }, [operand]) {
    const least = (value: number | undefined): number => {
      if (value === undefined || value >= 1)
        throw new ProbeError("input", `stretch needs a last sigma below 1, so take two steps or more.`);
      return 1 - value;
    };
    return fromCourse(
      (x, steps) => {
        const last = steps - 1;
        if (x > last) return terminal * (steps - x);
        return 1 - ((1 - operand.course(x, steps)) * (1 - terminal)) / least(operand.course(last, steps));
      },
      {
        fixedSteps: operand.fixedSteps,
        float32: (steps) => {
          const f = Math.fround;
          const sigmas = operand.sigmas(steps);
          const scale = f(f(least(sigmas.at(-1))) / f(1 - terminal));
          return sigmas.map((sigma) => f(1 - f(f(1 - sigma) / scale)));
        },
      },
    );
  },
});
