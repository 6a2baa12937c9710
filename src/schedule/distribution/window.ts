import { bisect } from "../math/bisect.ts";
import type { EndSlopes, ShiftFunction } from "../shape.ts";
import { type Distribution, mass } from "./distribution.ts";

/** The part [a, b] of a distribution whose CDF, stretched to the unit square, is a shift function. */
export interface Window {
  readonly distribution: Distribution;
  readonly a: number;
  readonly b: number;
}

/** In a narrower window the density is a straight line, and differences of its CDF are rounding. */
export const NARROWEST = 1e-3;

/** Below it a double loses digits, so a window that holds less has no shape that could be told. */
const LEAST_MASS = 1e-300;

/** Whether the distribution has probability enough in the window for a shift function. */
export function holdsMass({ distribution, a, b }: Window): boolean {
  return mass(distribution, a, b) > LEAST_MASS;
}

/** φ(t) = (F(a + (b − a)t) − F(a))/(F(b) − F(a)). */
export function windowFunction({ distribution, a, b }: Window): ShiftFunction {
  const whole = mass(distribution, a, b);
  return (t) => (t === 1 ? 1 : mass(distribution, a, a + (b - a) * t) / whole);
}

/** φ'(1) = f(b)(b − a)/(F(b) − F(a)) and φ'(0) = f(a)(b − a)/(F(b) − F(a)). */
export function windowSlopes({ distribution, a, b }: Window): EndSlopes {
  const mean = mass(distribution, a, b) / (b - a);
  return { start: distribution.density(b) / mean, terminal: distribution.density(a) / mean };
}

/** The window from a whose slope at its far end b is `start` < 1; one exists where a ≥ 0, or where b > −a gets that far. */
function windowFrom(distribution: Distribution, a: number, start: number): Window {
  const excess = (b: number): number => start - windowSlopes({ distribution, a, b }).start;
  let low = Math.max(a, -a);
  let step = 1e-3 + Math.abs(a) * 1e-6;
  for (; excess(low + step) < 0 && Number.isFinite(low); step *= 2) low += step;
  return { distribution, a, b: bisect(excess, low, low + step) };
}

/** The one-parameter form: from the mode to where the slope is `start` < 1. It is unique. */
export function windowFromMode(distribution: Distribution, start: number): Window {
  return windowFrom(distribution, 0, start);
}

/** The terminal slope that the farthest window of this distribution has: with `start` given, all below it can be had. */
export function highestTerminal(distribution: Distribution, start: number): number {
  return windowSlopes(windowFrom(distribution, distribution.reach, start)).terminal;
}

/**
 * The two-slope form for start < 1 and terminal > start: moves a from the left of the mode, where the window is
 * symmetric and both slopes are `start`, to the right, along which the terminal slope rises.
 *
 * @returns null where the terminal slope is beyond {@link highestTerminal}
 */
export function windowBySlopes(distribution: Distribution, start: number, terminal: number): Window | null {
  const highest = highestTerminal(distribution, start);
  if (terminal > highest * (1 + 1e-12)) return null;
  if (terminal >= highest) return windowFrom(distribution, distribution.reach, start);
  const symmetric = (b: number): number => start - windowSlopes({ distribution, a: -b, b }).start;
  let far = 1;
  while (symmetric(far) < 0) far *= 2;
  const lowest = -bisect(symmetric, 0, far);
  const a = bisect(
    (from) => windowSlopes(windowFrom(distribution, from, start)).terminal - terminal,
    lowest,
    distribution.reach,
  );
  return windowFrom(distribution, a, start);
}
