/**
 * Linear-quadratic schedules: many small equal steps first, then quadratically growing ones.
 *
 * - Polyak et al. 2024, Movie Gen, arXiv:2410.13720; Mochi 1 and LTX-Video, whose code generalises it
 * - the article behind l1probe (docs/article.md) for the variant with continuous slope
 */

import { ProbeError } from "../../errors.ts";
import { fromShiftFunction, fromSigmaAt } from "../curve.ts";
import { number, optional } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/**
 * Movie Gen's schedule in the general form of Mochi and LTX: with N steps, L = ⌊N/2⌋ and threshold τ,
 * σᵢ = 1 − τ·i/L for i ≤ L, minus a·(i − L)² after that, with a = (1 − τN/L)/(N − L)², which reaches 0 at i = N.
 * Mochi and LTX use τ = .025. With a reference of N_ref steps, τ is L/N_ref, so that the first half takes the steps of
 * an N_ref-step linear schedule: for N = 50, 1000 gives .025 and 250 gives .1.
 *
 * Slopes for even N: φ'(1) = 2τ, φ'(0) = 4 − 6τ. So τ < 2/3, or σ would rise again at the end.
 * N = 1 has no first half and is the single sigma 1.
 */
export const linearQuadratic = scheduleKind({
  name: "linear-quadratic",
  summary: "Movie Gen's: the first half linear down to 1 − threshold, the second half quadratic.",
  formula: "σᵢ = 1 − τ·i/L − a·max(0, i − L)², L = ⌊N/2⌋, a = (1 − τN/L)/(N − L)², τ = threshold or L/reference",
  slopes: "φ'(1) = 2τ, φ'(0) = 4 − 6τ (even N)",
  source: "Polyak et al. 2024, Movie Gen (arXiv:2410.13720); Mochi 1's code",
  example: "linear-quadratic:threshold=.1",
  parameters: {
    threshold: optional(
      number("τ, the drop of σ over the linear half; .025, as in Mochi, if neither is given", {
        min: 0,
        max: 0.66,
        open: "min",
      }),
    ),
    reference: optional(
      number("N_ref, the number of steps of the linear schedule that the linear half follows", {
        min: 2,
        max: 1e6,
        integer: true,
      }),
    ),
  },
  build({ threshold, reference }) {
    if (threshold === null && reference === null) return "linear-quadratic:threshold=.025";
    if (threshold !== null && reference !== null)
      throw new ProbeError(
        "input",
        `linear-quadratic has threshold ${threshold} and reference ${reference}; give one, as threshold = ⌊N/2⌋/reference.`,
      );
    return fromSigmaAt((x, steps) => {
      const half = Math.floor(steps / 2);
      if (half === 0) return 1 - x;
      const rest = steps - half;
      const tau = threshold ?? half / (reference ?? steps);
      const bend = (1 - (tau * steps) / half) / rest ** 2;
      return 1 - (tau * x) / half - bend * Math.max(0, x - half) ** 2;
    });
  },
});

/**
 * The article's smooth variant, defined there over 50 steps: with u = 50(1 − t), 1 − σ = τu/25 for u < 25, then
 * τ + (1 − τ)·((u − 25 + a)/(25 + a))². With a = 1.57 the slopes of both halves agree for τ = .1 (.004 per step). The
 * values do not quite: σ drops by (1 − τ)·(a/(25 + a))² = .003 at the middle.
 */
export const linearQuadraticSmooth = scheduleKind({
  name: "linear-quadratic-smooth",
  summary: "The article's linear-quadratic, whose slope is continuous at the middle.",
  formula: "u = 50(1 − t); σ = 1 − τu/25 for u < 25, otherwise 1 − τ − (1 − τ)·((u − 25 + a)/(25 + a))²",
  slopes: "φ'(1) = 2τ, φ'(0) = 100(1 − τ)/(25 + a)",
  source: "the article behind l1probe (docs/article.md), first figure",
  example: "linear-quadratic-smooth",
  parameters: {
    threshold: number("τ, the drop of σ over the linear half", { min: 0, max: 1, open: "both", fallback: 0.1 }),
    a: number("the number of steps before the middle at which the parabola has its vertex", {
      min: 0,
      max: 1000,
      fallback: 1.57,
    }),
  },
  build: ({ threshold, a }) =>
    fromShiftFunction(
      (t) => {
        const u = 50 * (1 - t);
        if (u < 25) return 1 - (threshold * u) / 25;
        return 1 - threshold - (1 - threshold) * ((u - 25 + a) / (25 + a)) ** 2;
      },
      { endSlopes: { start: 2 * threshold, terminal: (100 * (1 - threshold)) / (25 + a) } },
    ),
});
