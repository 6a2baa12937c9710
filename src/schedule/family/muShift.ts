import { ProbeError } from "../../errors.ts";
import { dynamicShiftFloat32, flowShift } from "../flowShift.ts";
import { family } from "../grammar/family.ts";
import { choice, number } from "../grammar/parameter.ts";
import { fromShiftFunction, type Shape } from "../shape.ts";

/** How μ becomes a shift: s = e^μ or s = μ. */
export const MU_FORMS = ["exponential", "linear"] as const;

/**
 * The dynamic shift of diffusers, in its arithmetic.
 *
 * @throws ProbeError kind input where the linear form has no shift above 0
 */
export function dynamicShift(mu: number, form: (typeof MU_FORMS)[number]): Shape {
  if (form === "linear" && mu <= 0)
    throw new ProbeError("input", `μ is ${mu}; in the linear form it is the shift and must be above 0.`);
  const m = form === "exponential" ? Math.exp(mu) : mu;
  return fromShiftFunction((t) => flowShift(m, t), {
    endSlopes: { start: 1 / m, terminal: m },
    float32: (steps) => dynamicShiftFloat32(m, steps),
  });
}

/** The flow shift by its logarithm, as FLUX and its successors count it. μ = 0 is linear in the exponential form. */
export const muShift = family({
  name: "mu-shift",
  summary: "The flow shift by μ, bit for bit as diffusers computes dynamic shifting.",
  formula: "φ(t) = m / (m + 1/t − 1), m = e^μ (exponential) or μ (linear)",
  slopes: "φ'(1) = 1/m, φ'(0) = m",
  source: "FLUX.1's code; diffusers FlowMatchEulerDiscreteScheduler, time_shift_type",
  example: "mu-shift:1.15",
  parameters: {
    mu: number("μ; above 0 in the linear form", { min: -10, max: 10 }),
    form: choice("how μ counts", MU_FORMS, { fallback: "exponential" }),
  },
  build({ mu, form }) {
    return dynamicShift(mu, form);
  },
});
