/** |x| up to which the series is used, and the continued fraction beyond; both are accurate to 1e-15 there. */
const CROSSOVER = 1.5;

/** erf for small |x|: 2/√π · e^(−x²) · Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms all have the same sign (Abramowitz & Stegun 7.1.6). */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for large x: e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), evaluated from the inside out (A&S 7.1.14). */
function erfcFraction(x: number): number {
  const depth = Math.ceil(20 + 250 / (x * x));
  let inner = x;
  for (let k = depth; k >= 1; k--) inner = x + k / 2 / inner;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * inner);
}

/** The error function, to about 1e-15 absolute. */
export function erf(x: number): number {
  if (Math.abs(x) <= CROSSOVER) return erfSeries(x);
  return Math.sign(x) * (1 - erfcFraction(Math.abs(x)));
}

/** 1 − erf(x) without cancellation, to about 1e-14 relative for x ≥ 0. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x <= CROSSOVER ? 1 - erfSeries(x) : erfcFraction(x);
}

/** Upper tail of the standard normal distribution, 1 − Φ(x). */
export function normalTail(x: number): number {
  return erfc(x / Math.SQRT2) / 2;
}

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The probit: x with Φ(x) = p. Newton's method on ln(1 − Φ), which is concave, started from the bound
 * 1 − Φ(x) ≤ e^(−x²/2)/2, converges monotonically from above and needs no bracket.
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

/** Bernoulli numbers over 2k(2k − 1): the coefficients of Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** ln Γ(x) for x > 0: Stirling's series at x ≥ 12, extended downwards by Γ(x) = Γ(x + 1)/x. */
export function logGamma(x: number): number {
  let carried = 1;
  let far = x;
  for (; far < 12; far++) carried *= far;
  const tail = STIRLING.reduce((sum, coefficient, k) => sum + coefficient / far ** (2 * k + 1), 0);
  return (far - 0.5) * Math.log(far) - far + Math.log(2 * Math.PI) / 2 + tail - Math.log(carried);
}

/** The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const coefficient of [even, odd]) {
      d = 1 / away(1 + coefficient * d);
      c = away(1 + coefficient / c);
      factor = c * d;
      value *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return value;
}

/** I_x(a, b), the regularised incomplete beta function, which is the CDF of the beta distribution. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/**
 * Quantile of the beta distribution: x with I_x(a, b) = p, to about 1e-14. Solved from the nearer end by bracketed
 * Newton iteration on ln I against ln x, started from the power law x ≈ (p·a·B(a, b))^(1/a).
 *
 * @param p in [0, 1]
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  // The median of a symmetric distribution; the iteration is one ulp off.
  if (a === b && p === 0.5) return 0.5;
  return p <= betaCdf(0.5, a, b) ? lowerQuantile(p, a, b) : 1 - lowerQuantile(1 - p, b, a);
}

/** {@link betaQuantile} for a root known to lie in (0, ½]. */
function lowerQuantile(p: number, a: number, b: number): number {
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  let low = (Math.log(p * a) + logBeta) / a - 50;
  let high = Math.log(0.5);
  let u = Math.min(high, low + 50);
  for (let round = 0; round < 200; round++) {
    const x = Math.exp(u);
    const cdf = betaCdf(x, a, b);
    const error = Math.log(cdf / p);
    if (error > 0) high = u;
    else low = u;
    const elasticity = Math.exp(a * u + (b - 1) * Math.log1p(-x) - logBeta) / cdf;
    const newton = u - error / elasticity;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - u) < 1e-16 * Math.max(1, Math.abs(u))) return Math.exp(next);
    u = next;
  }
  return Math.exp(u);
}

/**
 * The zero of an increasing function, to the last bit: halves [low, high] until no double is left between its ends.
 *
 * @param f increasing, with f(low) ≤ 0 ≤ f(high); negate a decreasing function
 */
export function bisect(f: (x: number) => number, low: number, high: number): number {
  let [below, above] = [low, high];
  for (;;) {
    const middle = below + (above - below) / 2;
    if (middle <= below || middle >= above) return above;
    if (f(middle) < 0) below = middle;
    else above = middle;
  }
}
