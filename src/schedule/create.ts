import { ProbeError } from "../errors.ts";
import { checkSigmas, checkSteps } from "./check.ts";
import type { Schedule } from "./schedule.ts";
import type { Shape } from "./shape.ts";

/** A schedule that also knows its form, for pictures and for other schedules made from it. */
export interface ShapedSchedule extends Schedule, Pick<Shape, "course" | "phi" | "endSlopes"> {}

/** Refuses what a formula gave where it is no schedule; float64 may still hold what float32 cannot. */
function checkExact(values: readonly number[], spec: string): void {
  values.forEach((value, index) => {
    const before = values[index - 1] ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(value) && value > 0 && value <= 1 && value < before) return;
    const wrong = value >= before ? `not below sigma[${index - 1}] = ${before}` : "outside (0, 1]";
    throw new ProbeError(
      "input",
      `${spec} is no schedule at ${values.length} steps: sigma[${index}] is ${value}, ${wrong}; sigmas must fall strictly within (0, 1], so change its parameters or the number of steps.`,
    );
  });
}

/**
 * The door from a formula to a {@link Schedule}: every number that leaves passes the checks.
 *
 * @param spec the short form that makes it again
 */
export function createSchedule(spec: string, shape: Shape): ShapedSchedule {
  function checkAsked(steps: number): void {
    checkSteps(steps);
    if (shape.fixedSteps !== null && shape.fixedSteps !== steps)
      throw new ProbeError(
        "input",
        `${spec} has ${shape.fixedSteps} sigmas and runs ${shape.fixedSteps} steps, not ${steps}; ask for ${shape.fixedSteps}, or write resample+… before it.`,
      );
  }

  function exact(steps: number): number[] {
    checkAsked(steps);
    const values = Array.from({ length: steps }, (_, index) => shape.course(index, steps));
    checkExact(values, spec);
    return values;
  }

  return {
    spec,
    shift: shape.shift,
    fixedSteps: shape.fixedSteps,
    course: shape.course,
    phi: shape.phi,
    endSlopes: shape.endSlopes,
    exact,
    sigmas(steps) {
      const values = exact(steps);
      const rounded = shape.float32 === null ? values.map(Math.fround) : shape.float32(steps);
      try {
        checkSigmas(values, "sigma");
        if (shape.float32 !== null) checkSigmas(rounded, "sigma");
      } catch (error) {
        const { message } = ProbeError.from(error);
        throw new ProbeError("input", `${spec} cannot run in float32 at ${steps} steps: ${message}`, { cause: error });
      }
      return rounded;
    },
  };
}
