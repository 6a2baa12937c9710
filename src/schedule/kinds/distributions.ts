/**
 * Symmetric unimodal distributions, and windows [a, b] of them. The CDF over a window, scaled to the unit square, is a
 * shift function: φ(t) = (F(a + (b − a)t) − F(a))/(F(b) − F(a)).
 */

import type { EndSlopes, ShiftFunction } from "../curve.ts";
import { bisect, erf, normalDensity, normalTail } from "../math/specialFunctions.ts";

/**
 * A distribution that is symmetric about its mode 0, in the scale of the article (docs/article.md). Its CDF F is given
 * by two functions of x ≥ 0, each free of cancellation where it is small.
 */
export interface Distribution {
  readonly name: string;
  /** f(x), for any x. */
  density(x: number): number;
  /** F(x) − ½ for x ≥ 0. */
  half(x: number): number;
  /** 1 − F(x) for x ≥ 0. */
  tail(x: number): number;
  /**
   * The largest distance from the mode at which a window with two given end slopes may begin. Beyond it, doubles no
   * longer resolve the density, or the slopes no longer change.
   */
  readonly reach: number;
}

/** The distributions of the article's table whose density decreases from the mode. */
export const DISTRIBUTIONS = {
  /** F = 1/(1 + e^(−x)); the article writes it as tanh(x/2). */
  logistic: {
    name: "logistic",
    density: (x) => 0.25 / Math.cosh(x / 2) ** 2,
    half: (x) => Math.tanh(x / 2) / 2,
    tail: (x) => 1 / (1 + Math.exp(x)),
    reach: 300,
  },
  /** F = ½(1 + erf(x/√2)). */
  gaussian: {
    name: "gaussian",
    density: normalDensity,
    half: (x) => erf(x / Math.SQRT2) / 2,
    tail: normalTail,
    reach: 30,
  },
  /** Student's t with ν = 2, scaled: F = ½(1 + x/√(1 + x²)). Its density falls as x⁻³. */
  "student-t2": {
    name: "student-t2",
    density: (x) => 0.5 * (1 + x * x) ** -1.5,
    half: (x) => x / (2 * Math.hypot(1, x)),
    tail: (x) => 0.5 / (Math.hypot(1, x) * (Math.hypot(1, x) + x)),
    reach: 1e5,
  },
  /** The hyperbolic secant, F = ½(1 + (2/π)·gd(πx/2)), f = ½·sech(πx/2). */
  sech: {
    name: "sech",
    density: (x) => 0.5 / Math.cosh((Math.PI / 2) * x),
    half: (x) => (2 / Math.PI) * Math.atan(Math.tanh((Math.PI / 4) * x)),
    tail: (x) => (2 / Math.PI) * Math.atan(Math.exp((-Math.PI / 2) * x)),
    reach: 200,
  },
  /** Cauchy's (Lorentz's) distribution, F = ½ + arctan(x)/π. Its density falls as x⁻². */
  cauchy: {
    name: "cauchy",
    density: (x) => 1 / (Math.PI * (1 + x * x)),
    half: (x) => Math.atan(x) / Math.PI,
    tail: (x) => Math.atan2(1, x) / Math.PI,
    reach: 1e5,
  },
  /** F = ½(1 + x/(1 + |x|)), f = 1/(2(1 + |x|)²). Every window on x ≥ 0 has end slopes (s, 1/s): it is a flow shift. */
  softsign: {
    name: "softsign",
    density: (x) => 0.5 / (1 + Math.abs(x)) ** 2,
    half: (x) => x / (2 * (1 + x)),
    tail: (x) => 0.5 / (1 + x),
    reach: 0,
  },
} as const satisfies Readonly<Record<string, Distribution>>;

/** The name of a distribution with a density that decreases from the mode. */
export type DistributionName = keyof typeof DISTRIBUTIONS;
export const DISTRIBUTION_NAMES = Object.keys(DISTRIBUTIONS) as readonly DistributionName[];

/** F(b) − F(a) for a ≤ b, without cancellation in the tails. */
export function mass(distribution: Distribution, a: number, b: number): number {
  const { half, tail } = distribution;
  if (b <= 0) return a === b ? 0 : mass(distribution, -b, -a);
  if (a < 0) return half(-a) + half(b);
  return a < 0.5 ? half(b) - half(a) : tail(a) - tail(b);
}

/** The part [a, b] of a distribution. */
export interface Window {
  readonly distribution: Distribution;
  readonly a: number;
  readonly b: number;
}

/** The narrowest window; below it the density is a straight line, and differences of the CDF are rounding errors. */
export const NARROWEST = 1e-3;

/** The smallest mass of a window; below it, doubles are subnormal and lose digits. */
const LEAST_MASS = 1e-300;

/** Whether the window contains enough probability to define a shift function. */
export function hasMass({ distribution, a, b }: Window): boolean {
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

/** The window from a whose slope at b is `start` < 1. It exists if a ≥ 0, or if b > −a reaches that slope. */
function windowFrom(distribution: Distribution, a: number, start: number): Window {
  const excess = (b: number): number => start - windowSlopes({ distribution, a, b }).start;
  let low = Math.max(a, -a);
  let step = 1e-3 + Math.abs(a) * 1e-6;
  for (; excess(low + step) < 0 && Number.isFinite(low); step *= 2) low += step;
  return { distribution, a, b: bisect(excess, low, low + step) };
}

/** The one-parameter form: the unique window from the mode to where the slope is `start` < 1. */
export function windowFromMode(distribution: Distribution, start: number): Window {
  return windowFrom(distribution, 0, start);
}

/** The terminal slope of the farthest window with first slope `start`; every smaller one is possible, no larger one is. */
export function highestTerminal(distribution: Distribution, start: number): number {
  return windowSlopes(windowFrom(distribution, distribution.reach, start)).terminal;
}

/**
 * The two-slope form for start < 1 and terminal > start. Moves a to the right, along which the terminal slope rises,
 * starting left of the mode, where the window is symmetric and both slopes equal `start`.
 *
 * @returns null if the terminal slope exceeds {@link highestTerminal}
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
