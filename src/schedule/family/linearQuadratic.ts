import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { number, optional } from "../grammar/parameter.ts";
import { fromCourse } from "../shape.ts";

/**
 * MovieGen's linear-quadratic schedule in the general form of Mochi and LTX: with N steps, L = ⌊N/2⌋ and threshold τ,
 * σᵢ = 1 − τ·i/L for i ≤ L, then minus a·(i − L)² with a = (1 − τN/L)/(N − L)², which lands on 0 at i = N.
 * Mochi and LTX have τ = .025. With a reference of N_ref steps τ is L/N_ref, so that the first half takes the steps of
 * an N_ref-step linear schedule: for N = 50, 1000 gives .025 and 250 gives .1.
 *
 * Slopes for even N: φ'(1) = 2τ, φ'(0) = 4 − 6τ; so τ < 2/3, or the steps would turn back at the end.
 * One step has no half: N = 1 is the single sigma 1.
 */
export const linearQuadratic = family({
  name: "linear-quadratic",
  summary: "MovieGen's: the first half linear down to 1 − threshold, the second half quadratic.",
  formula: "σᵢ = 1 − τ·i/L − a·max(0, i − L)², L = ⌊N/2⌋, a = (1 − τN/L)/(N − L)², τ = threshold or L/reference",
  slopes: "φ'(1) = 2τ, φ'(0) = 4 − 6τ (even N)",
  source: "Polyak et al. 2024, Movie Gen (arXiv:2410.13720); Mochi 1's code",
  example: "linear-quadratic:threshold=.1",
  parameters: {
    threshold: optional(
      number("τ, how far the linear half goes; .025, as in Mochi, where neither is given", {
        min: 0,
        max: 0.66,
        open: "min",
      }),
    ),
    reference: optional(
      number("N_ref: the linear half takes the steps of so many linear ones", { min: 2, max: 1e6, integer: true }),
    ),
  },
  build({ threshold, reference }) {
    if (threshold === null && reference === null) return "linear-quadratic:threshold=.025";
    if (threshold !== null && reference !== null)
      throw new ProbeError(
        "input",
        `linear-quadratic has threshold ${threshold} and reference ${reference}; give one, as threshold = ⌊N/2⌋/reference.`,
      );
    return fromCourse((x, steps) => {
      const half = Math.floor(steps / 2);
      if (half === 0) return 1 - x;
      const rest = steps - half;
      const tau = threshold ?? half / (reference ?? steps);
      const bend = (1 - (tau * steps) / half) / rest ** 2;
      return 1 - (tau * x) / half - bend * Math.max(0, x - half) ** 2;
    });
  },
});
