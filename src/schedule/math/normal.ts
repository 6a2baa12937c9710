import { erfc } from "./erf.ts";

/** The standard normal's upper tail 1 − Φ(x). */
export function normalTail(x: number): number {
  return erfc(x / Math.SQRT2) / 2;
}

/** The standard normal's density. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The probit: x with Φ(x) = p. Newton's method on ln(1 − Φ), which is concave, from Q(x) ≤ e^(−x²/2)/2: it falls
 * onto the root from above and needs no bracket.
 *
 * @param p in [0, 1]; the ends give −∞ and ∞
 */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  let x = Math.sqrt(-2 * Math.log(2 * p));
  for (;;) {
    const tail = normalTail(x);
    const next = x + (Math.log(tail / p) * tail) / normalDensity(x);
    if (!(next < x - 1e-16 * x)) return -Math.max(0, Math.min(x, next));
    x = next;
  }
}
