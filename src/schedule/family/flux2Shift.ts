import { dynamicShiftFloat32, flowShift } from "../flowShift.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromCourse } from "../shape.ts";

/**
 * FLUX.2's μ from sequence length q and number of steps N: B = 1.6927e-4·q + .45666666 for q > 4300; below it, the
 * line in N through A = 8.73809524e-5·q + 1.89833333 at 10 steps and B at 200.
 */
function flux2Mu(tokens: number, steps: number): number {
  const many = 0.00016927 * tokens + 0.45666666;
  if (tokens > 4300) return many;
  const few = 8.73809524e-5 * tokens + 1.89833333;
  const rise = (many - few) / 190;
  return rise * steps + (many - 200 * rise);
}

/** The flow shift with FLUX.2's empirical μ. Its slopes are e^−μ and e^μ, and change with N up to 4300 tokens. */
export const flux2Shift = family({
  name: "flux2-shift",
  summary: "FLUX.2's shift from sequence length and number of steps.",
  formula: "φ(t) = m / (m + 1/t − 1), m = e^μ(tokens, N)",
  slopes: "φ'(1) = e^−μ, φ'(0) = e^μ",
  source: "FLUX.2's code; diffusers compute_empirical_mu",
  example: "flux2-shift:4096",
  parameters: { tokens: number("the latent's sequence length", { min: 1, max: 40_000, integer: true }) },
  build: ({ tokens }) =>
    fromCourse((x, steps) => flowShift(Math.exp(flux2Mu(tokens, steps)), (steps - x) / steps), {
      float32: (steps) => dynamicShiftFloat32(Math.exp(flux2Mu(tokens, steps)), steps),
    }),
});
