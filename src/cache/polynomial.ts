import { bisect } from "../schedule/math/bisect.ts";

/** Σ cₖ·xᵏ by Horner's rule in float64; coefficients are ordered from the highest power down, as in NumPy's poly1d. */
export function evaluate(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

function derivative(coefficients: readonly number[]): number[] {
  const degree = coefficients.length - 1;
  return coefficients.slice(0, -1).map((coefficient, index) => coefficient * (degree - index));
}

/** The places in (low, high) where the polynomial changes sign, ascending: at most one between adjacent turning points. */
function signChanges(coefficients: readonly number[], low: number, high: number): number[] {
  if (coefficients.length < 2) return [];
  const turns = [low, ...signChanges(derivative(coefficients), low, high), high];
  return turns.slice(1).flatMap((to, index) => {
    const from = turns[index] ?? low;
    const [before, after] = [evaluate(coefficients, from), evaluate(coefficients, to)];
    // The product of the values themselves could underflow to 0.
    if (Math.sign(before) * Math.sign(after) >= 0) return [];
    const rising = before < 0 ? 1 : -1;
    return [bisect((x) => rising * evaluate(coefficients, x), from, to)];
  });
}

/** An interval of the axis. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The intervals of [0, to] on which the polynomial is negative, in ascending order; their ends are exact to the last bit. */
export function negativeIntervals(coefficients: readonly number[], to: number): Interval[] {
  const ends = [0, ...signChanges(coefficients, 0, to), to];
  return ends.slice(1).flatMap((end, index) => {
    const from = ends[index] ?? 0;
    return evaluate(coefficients, from + (end - from) / 2) < 0 ? [{ from, to: end }] : [];
  });
}
