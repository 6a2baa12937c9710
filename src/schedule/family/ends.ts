import { ProbeError } from "../../errors.ts";
import { number } from "../grammar/parameter.ts";

/** The last sigma of schedules that cannot reach 0; .001 is a flow model's lowest of 1000 training steps, unshifted. */
export const minSigma = number("the last sigma", { min: 0, max: 1, open: "both", fallback: 0.001 });

/** The first sigma. */
export const maxSigma = number("the first sigma", { min: 0, max: 1, open: "min", fallback: 1 });

/** Refuses a last sigma that is not below the first. */
export function checkEnds(name: string, min: number, max: number): void {
  if (min >= max) throw new ProbeError("input", `${name}'s min is ${min}; it must be below max, which is ${max}.`);
}
