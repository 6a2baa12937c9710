import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromCourse } from "../shape.ts";

/**
 * MovieGen's linear-quadratic schedule in the general form of Mochi and LTX: with N steps, L = ⌊N/2⌋ and threshold τ,
 * σᵢ = 1 − τ·i/L for i ≤ L, then minus a·(i − L)² with a = (1 − τN/L)/(N − L)², which lands on 0 at i = N.
 * τ = 25/N_ref makes 50 steps begin like N_ref linear ones: .025 for 1000 (Mochi's and LTX's default), .1 for 250.
 *
 * Slopes for even N: φ'(1) = 2τ, φ'(0) = 4 − 6τ; so τ < 2/3, or the steps would turn back at the end.
 * One step has no half: N = 1 is the single sigma 1.
 */
export const linearQuadratic = family({
  name: "linear-quadratic",
  summary: "MovieGen's: the first half linear down to 1 − threshold, the second half quadratic.",
  formula: "σᵢ = 1 − τ·i/L − a·max(0, i − L)², L = ⌊N/2⌋, a = (1 − τN/L)/(N − L)²",
  slopes: "φ'(1) = 2τ, φ'(0) = 4 − 6τ (even N)",
  source: "Polyak et al. 2024, Movie Gen (arXiv:2410.13720); Mochi 1's code, whose threshold is .025",
  example: "linear-quadratic:threshold=.1",
  parameters: {
    threshold: number("how far the linear half goes; 25/N_ref for N_ref reference steps", {
      min: 0,
      max: 2 / 3,
      open: "both",
      fallback: 0.025,
    }),
  },
  build: ({ threshold }) =>
    fromCourse((x, steps) => {
      const half = Math.floor(steps / 2);
      if (half === 0) return 1 - x;
      const rest = steps - half;
      const bend = (1 - (threshold * steps) / half) / rest ** 2;
      return 1 - (threshold * x) / half - bend * Math.max(0, x - half) ** 2;
    }),
});
