import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { fromCourse } from "../shape.ts";

/** A schedule turned round: its last steps, mirrored, come first. reverse+shift:7 is shift:1/7. */
export const reverse = family({
  name: "reverse",
  summary: "A schedule turned round: small steps where it took large ones.",
  formula: "φ(t) → 1 − φ(1 − t)",
  slopes: "the schedule's, exchanged",
  source: "-",
  example: "reverse+shift:7",
  parameters: {},
  operands: 1,
  build(_, [operand]) {
    const { course, endSlopes, fixedSteps } = operand;
    return fromCourse(
      (x, steps) => {
        const first = course(0, steps);
        if (first !== 1)
          throw new ProbeError(
            "input",
            `reverse has ${operand.spec} behind it, which starts at ${first}; only a schedule that starts at 1 ends in 0 when turned round.`,
          );
        return 1 - course(steps - x, steps);
      },
      { fixedSteps, endSlopes: endSlopes && { start: endSlopes.terminal, terminal: endSlopes.start } },
    );
  },
});
