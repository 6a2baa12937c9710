import { ProbeError } from "../../errors.ts";
import type { ShapedSchedule } from "../create.ts";
import { family } from "../grammar/family.ts";
import { number, optional } from "../grammar/parameter.ts";
import { bisect } from "../math/bisect.ts";
import { fromCourse } from "../shape.ts";

/** The place x at which a schedule of N steps passes σ. */
function placeOf(sigma: number, { spec, course }: ShapedSchedule, steps: number): number {
  if (course(0, steps) <= sigma)
    throw new ProbeError(
      "input",
      `piecewise joins at ${sigma}, but ${spec} starts at ${course(0, steps)}; join below that.`,
    );
  return bisect((x) => sigma - course(x, steps), 0, steps);
}

/**
 * Two schedules joined at a sigma: the first above it, the second below. Each keeps its own pace, the whole stretched
 * to N steps, unless `share` says which part of the steps lies above.
 */
export const piecewise = family({
  name: "piecewise",
  summary: "Two schedules joined at a sigma: the first above it, the second below.",
  formula: "σ follows a from 1 to σ*, then b from σ* to 0, in N steps",
  slopes: "those of the parts, stretched",
  source: "-",
  example: "piecewise:.5+shift:7+linear",
  parameters: {
    at: number("σ*, where they join", { min: 0, max: 1, open: "both" }),
    share: optional(number("the part of the steps above σ*", { min: 0, max: 1, open: "both" })),
  },
  operands: 2,
  build({ at, share }, [above, below]) {
    for (const { fixedSteps, spec } of [above, below])
      if (fixedSteps !== null)
        throw new ProbeError(
          "input",
          `piecewise has ${spec} behind it, which fixes its steps; write resample+… before it.`,
        );
    let known = { steps: 0, leave: 0, enter: 0, turn: 0 };
    const joinFor = (steps: number): typeof known => {
      if (known.steps === steps) return known;
      const [leave, enter] = [placeOf(at, above, steps), placeOf(at, below, steps)];
      known = { steps, leave, enter, turn: (share ?? leave / (leave + steps - enter)) * steps };
      return known;
    };
    return fromCourse((x, steps) => {
      const { leave, enter, turn } = joinFor(steps);
      if (x <= turn) return above.course((x / turn) * leave, steps);
      return below.course(steps - ((steps - x) / (steps - turn)) * (steps - enter), steps);
    });
  },
});
