import { ProbeError } from "../errors.ts";
import { checkSigmas, checkSteps } from "./checkSigmas.ts";
import type { Curve } from "./curve.ts";

/**
 * A schedule: for every number of steps N, N sigmas, strictly decreasing, in (0, 1].
 * Sigma 1 is noise; the terminal 0 is implied and never included. timestep = 1000·sigma.
 */
export interface Schedule extends Omit<Curve, "float32"> {
  /** The canonical specification, for example `shift:7`; parsing it gives the same numbers. */
  readonly spec: string;
  /**
   * @param steps N ≥ 1
   * @returns N sigmas in float64, before any rounding
   * @throws ProbeError kind input if N is not possible
   */
  exact(steps: number): number[];
  /**
   * What is sent: N float32 values (stored as doubles), strictly decreasing after rounding.
   *
   * @throws ProbeError kind input if N is not possible or two sigmas round to the same float32
   */
  sigmas(steps: number): number[];
}

/** Refuses float64 values that are not a schedule; float32 may still merge two that pass here. */
function checkExact(values: readonly number[], spec: string): void {
  values.forEach((value, index) => {
    const before = values[index - 1] ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(value) && value > 0 && value <= 1 && value < before) return;
    const wrong = value >= before ? `not below sigma[${index - 1}] = ${before}` : "outside (0, 1]";
    throw new ProbeError(
      "input",
      `${spec} is not a schedule at ${values.length} steps: sigma[${index}] is ${value}, ${wrong}; sigmas must be strictly decreasing in (0, 1], so change its parameters or the number of steps.`,
    );
  });
}

/**
 * Makes a {@link Schedule} from a curve; every list of numbers it returns has been checked.
 *
 * @param spec the canonical specification
 */
export function createSchedule(spec: string, curve: Curve): Schedule {
  const { float32, ...visible } = curve;

  function exact(steps: number): number[] {
    checkSteps(steps);
    if (curve.fixedSteps !== null && curve.fixedSteps !== steps)
      throw new ProbeError(
        "input",
        `${spec} has ${curve.fixedSteps} sigmas and runs ${curve.fixedSteps} steps, not ${steps}; use ${curve.fixedSteps} steps, or put resample+ in front of it.`,
      );
    const values = Array.from({ length: steps }, (_, index) => curve.sigmaAt(index, steps));
    checkExact(values, spec);
    return values;
  }

  return {
    ...visible,
    spec,
    exact,
    sigmas(steps) {
      const values = exact(steps);
      const rounded = float32 === null ? values.map(Math.fround) : float32(steps);
      try {
        checkSigmas(values, "sigma");
        if (float32 !== null) checkSigmas(rounded, "sigma");
      } catch (error) {
        const { message } = ProbeError.from(error);
        throw new ProbeError("input", `${spec} cannot run in float32 at ${steps} steps: ${message}`, { cause: error });
      }
      return rounded;
    },
  };
}
