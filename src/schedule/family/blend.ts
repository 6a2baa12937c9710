import { ProbeError } from "../../errors.ts";
import type { ShapedSchedule } from "../create.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { type EndSlopes, fromCourse } from "../shape.ts";

/** The number of steps that two schedules can share. */
function sharedSteps(first: ShapedSchedule, second: ShapedSchedule): number | null {
  if (first.fixedSteps !== null && second.fixedSteps !== null && first.fixedSteps !== second.fixedSteps)
    throw new ProbeError(
      "input",
      `blend has ${first.fixedSteps} sigmas in ${first.spec} and ${second.fixedSteps} in ${second.spec}; they must be as many, or write resample+… before one.`,
    );
  return first.fixedSteps ?? second.fixedSteps;
}

/** The weighted mean of two schedules, step by step; its slopes are the same mean of theirs. */
export const blend = family({
  name: "blend",
  summary: "The weighted mean of two schedules, step by step.",
  formula: "σᵢ = (1 − w)·aᵢ + w·bᵢ",
  slopes: "(1 − w) of the first's and w of the second's",
  source: "-",
  example: "blend:.5+shift:7+linear",
  parameters: { weight: number("w, the second schedule's share", { min: 0, max: 1 }) },
  operands: 2,
  build({ weight }, [first, second]) {
    const mean = (a: number, b: number): number => (1 - weight) * a + weight * b;
    const [a, b] = [first.endSlopes, second.endSlopes];
    const endSlopes: EndSlopes | null =
      a === null || b === null ? null : { start: mean(a.start, b.start), terminal: mean(a.terminal, b.terminal) };
    return fromCourse((x, steps) => mean(first.course(x, steps), second.course(x, steps)), {
      fixedSteps: sharedSteps(first, second),
      endSlopes,
    });
  },
});
