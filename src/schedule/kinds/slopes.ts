/**
 * A monotone rational quadratic with given end slopes, whole or through one knot: the smallest family that contains the
 * flow shift and separates its two ends.
 *
 * - Gregory & Delbourgo 1982, Piecewise rational quadratic interpolation to monotonic data
 */

import { ProbeError } from "../../errors.ts";
import { fromShiftFunction, type ShiftFunction } from "../curve.ts";
import { number, optional } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** One piece: where it begins and ends, and its slopes there. */
interface Piece {
  readonly from: readonly [t: number, sigma: number];
  readonly to: readonly [t: number, sigma: number];
  readonly slopes: readonly [first: number, last: number];
}

/** The secant Δ of a piece, and the width h over which it is taken. */
function chord({ from, to }: Pick<Piece, "from" | "to">): { readonly width: number; readonly secant: number } {
  const width = to[0] - from[0];
  return { width, secant: (to[1] - from[1]) / width };
}

/**
 * σ₀ + hΔ·(Δx² + d₀x(1 − x))/(Δ + (d₀ + d₁ − 2Δ)x(1 − x)) at x = (t − t₀)/h: it has the slopes d₀ and d₁ at its ends
 * and increases for all positive slopes. From (0, 0) to (1, 1) it is φ(x) = (x² + d₀x(1 − x))/(1 + (d₀ + d₁ − 2)x(1 − x)).
 */
export function rationalQuadratic(piece: Piece): ShiftFunction {
  const { width, secant } = chord(piece);
  const [first, last] = piece.slopes;
  return (t) => {
    const x = (t - piece.from[0]) / width;
    const [square, middle, rest] = [x * x, x * (1 - x), (1 - x) * (1 - x)];
    // The denominator as a sum of positive terms, so that nothing cancels for large slopes.
    const share = (secant * square + first * middle) / (secant * (square + rest) + (first + last) * middle);
    // Exact at both ends.
    return piece.from[1] * (1 - share) + piece.to[1] * share;
  };
}

/**
 * The knot's slope d at which the curvatures of both pieces agree, the positive root of
 * d²(1/h₀Δ₀ + 1/h₁Δ₁) + d(a/h₀Δ₀ + b/h₁Δ₁ − 1/h₀ − 1/h₁) − (Δ₀/h₀ + Δ₁/h₁) = 0, with a and b the slopes at the far ends.
 * If the knot lies on the flow shift that has these end slopes, the curve is that flow shift.
 */
export function smoothSlope(knot: readonly [t: number, sigma: number], terminal: number, start: number): number {
  const [before, after] = [chord({ from: [0, 0], to: knot }), chord({ from: knot, to: [1, 1] })];
  const [left, right] = [1 / (before.width * before.secant), 1 / (after.width * after.secant)];
  const square = left + right;
  const linear = terminal * left + start * right - 1 / before.width - 1 / after.width;
  const constant = before.secant / before.width + after.secant / after.width;
  const root = Math.sqrt(linear * linear + 4 * square * constant);
  // Of the two forms of the root, the one whose terms have one sign.
  return linear > 0 ? (2 * constant) / (linear + root) : (root - linear) / (2 * square);
}

const slope = { min: 0.01, max: 100, keyed: true } as const;
const place = { min: 0.02, max: 0.98 } as const;

/**
 * The two ends of a schedule as two numbers. The flow shift ties them, φ'(0)·φ'(1) = 1: `slopes:start=1/s,end=s` is
 * `shift:s`. A knot (at, sigma) adds a third number for the middle.
 */
export const slopes = scheduleKind({
  name: "slopes",
  summary: "A monotone curve with given first and last slopes, and through a knot if one is given.",
  formula:
    "φ(t) = (t² + d₀·t(1 − t))/(1 + (d₀ + d₁ − 2)·t(1 − t)), d₀ = end, d₁ = start; with a knot, one such piece on each side",
  slopes: "φ'(1) = start, φ'(0) = end; the flow shift where start·end = 1",
  source:
    "Gregory & Delbourgo 1982, Piecewise rational quadratic interpolation to monotonic data (IMA J. Numer. Anal. 2)",
  example: "slopes:start=.2,end=4",
  parameters: {
    start: number("the first slope φ'(1)", slope),
    end: number("the last slope φ'(0)", slope),
    at: optional(number("the knot's t", place)),
    sigma: optional(number("the knot's σ = φ(at)", place)),
    knot: optional(number("the knot's slope φ'(at); by default that of a continuous curvature", slope)),
  },
  build({ start, end, at, sigma, knot }) {
    const endSlopes = { start, terminal: end };
    if (at === null && sigma === null) {
      if (knot !== null)
        throw new ProbeError(
          "input",
          `slopes has knot ${knot}, a slope, but no knot; add at and sigma, or leave it out.`,
        );
      return fromShiftFunction(rationalQuadratic({ from: [0, 0], to: [1, 1], slopes: [end, start] }), { endSlopes });
    }
    if (at === null || sigma === null)
      throw new ProbeError(
        "input",
        `slopes has ${at === null ? `sigma ${sigma} without at` : `at ${at} without sigma`}; a knot needs both, like at=.5,sigma=.85.`,
      );
    const point = [at, sigma] as const;
    const middle = knot ?? smoothSlope(point, end, start);
    const below = rationalQuadratic({ from: [0, 0], to: point, slopes: [end, middle] });
    const above = rationalQuadratic({ from: point, to: [1, 1], slopes: [middle, start] });
    return fromShiftFunction((t) => (t <= at ? below(t) : above(t)), { endSlopes });
  },
});
