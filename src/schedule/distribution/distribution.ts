/**
 * A distribution that is symmetric about its mode 0, in the article's scale. Its CDF F is given by two functions of
 * x ≥ 0, each without cancellation where it is small.
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
   * How far a window may begin from the mode when both end slopes are asked for: beyond it doubles no longer resolve
   * the density, or the slopes no longer change.
   */
  readonly reach: number;
}

/** F(b) − F(a) for a ≤ b, without cancellation in the tails. */
export function mass(distribution: Distribution, a: number, b: number): number {
  const { half, tail } = distribution;
  if (b <= 0) return a === b ? 0 : mass(distribution, -b, -a);
  if (a < 0) return half(-a) + half(b);
  return a < 0.5 ? half(b) - half(a) : tail(a) - tail(b);
}
