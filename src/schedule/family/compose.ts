import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { fromCourse } from "../shape.ts";

/**
 * One shift function after another: the first named is applied to the sigmas of the second, as a shifted model in
 * ComfyUI applies its shift to every scheduler. By the chain rule the slopes multiply where both run from 1 to 0.
 */
export const compose = family({
  name: "compose",
  summary: "A shift function applied to another schedule's sigmas, like beta on a shifted model.",
  formula: "σᵢ = φ(bᵢ)",
  slopes: "the product of both",
  source: "-",
  example: "compose+shift:7+beta:.6,.6",
  parameters: {},
  operands: 2,
  build(_, [first, second]) {
    const { phi } = first;
    if (phi === null)
      throw new ProbeError(
        "input",
        `compose has ${first.spec} first, whose form depends on the number of steps; first stands a shift function like shift:7.`,
      );
    const [a, b] = [first.endSlopes, second.endSlopes];
    return fromCourse((x, steps) => phi(second.course(x, steps)), {
      fixedSteps: second.fixedSteps,
      endSlopes: a === null || b === null ? null : { start: a.start * b.start, terminal: a.terminal * b.terminal },
    });
  },
});
