import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

/**
 * The article's smooth linear-quadratic, drawn there over 50 steps: with u = 50(1 − t), 1 − σ = τu/25 for u < 25, then
 * τ + (1 − τ)·((u − 25 + a)/(25 + a))². Its a = 1.57 makes the slopes of both halves meet for τ = .1 (.004 a step);
 * the values do not quite: σ drops by (1 − τ)·(a/(25 + a))² = .003 at the middle.
 */
export const linearQuadraticSmooth = family({
  name: "linear-quadratic-smooth",
  summary: "The article's linear-quadratic, whose halves meet in slope.",
  formula: "u = 50(1 − t); σ = 1 − τu/25 for u < 25, else 1 − τ − (1 − τ)·((u − 25 + a)/(25 + a))²",
  slopes: "φ'(1) = 2τ, φ'(0) = 100(1 − τ)/(25 + a)",
  source: "the article, first figure",
  example: "linear-quadratic-smooth",
  parameters: {
    threshold: number("how far the linear half goes", { min: 0, max: 1, open: "both", fallback: 0.1 }),
    a: number("where the parabola would begin, in steps before the middle", { min: 0, max: 1000, fallback: 1.57 }),
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
