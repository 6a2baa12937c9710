import { bisect } from "../schedule/math/bisect.ts";

/** Σ cₖ·xᵏ, the coefficients from the highest power down, as NumPy's poly1d takes them; in float64, by Horner's rule. */
export function evaluate(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

function derivative(coefficients: readonly number[]): number[] {
  const degree = coefficients.length - 1;
  return coefficients.slice(0, -1).map((coefficient, index) => coefficient * (degree - index));
}

/** Where the polynomial changes its sign in (low, high), rising: between neighbouring turning points at most once. */
function signChanges(coefficients: readonly number[], low: number, high: number): number[] {
  if (coefficients.length < 2) return [];
  const turns = [low, ...signChanges(derivative(coefficients), low, high), high];
  return turns.slice(1).flatMap((to, index) => {
    const from = turns[index] ?? low;
    const [before, after] = [evaluate(coefficients, from), evaluate(coefficients, to)];
    // Signs, as the product of two small values underflows to 0.
    if (Math.sign(before) * Math.sign(after) >= 0) return [];
    const rising = before < 0 ? 1 : -1;
    return [bisect((x) => rising * evaluate(coefficients, x), from, to)];
  });
}

/** A stretch of the axis. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The stretches of [0, to] on which the polynomial is below 0, in order, to the last bit of their ends. */
export function negativeStretches(coefficients: readonly number[], to: number): Stretch[] {
  const ends = [0, ...signChanges(coefficients, 0, to), to];
  return ends.slice(1).flatMap((end, index) => {
    const from = ends[index] ?? 0;
    return evaluate(coefficients, from + (end - from) / 2) < 0 ? [{ from, to: end }] : [];
  });
}
