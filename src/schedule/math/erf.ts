/** Where the series hands over to the continued fraction; both reach 1e-15 there. */
const CROSSOVER = 1.5;

/** erf for small |x|: 2/√π · e^(−x²) · Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms all have one sign (Abramowitz & Stegun 7.1.6). */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for large x: e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from the inside out (A&S 7.1.14). */
function fraction(x: number): number {
  const depth = Math.ceil(20 + 250 / (x * x));
  let inner = x;
  for (let k = depth; k >= 1; k--) inner = x + k / 2 / inner;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * inner);
}

/** The error function, to about 1e-15 absolute. */
export function erf(x: number): number {
  if (Math.abs(x) <= CROSSOVER) return series(x);
  return Math.sign(x) * (1 - fraction(Math.abs(x)));
}

/** 1 − erf(x) without the cancellation, to about 1e-14 relative for x ≥ 0. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x <= CROSSOVER ? 1 - series(x) : fraction(x);
}
