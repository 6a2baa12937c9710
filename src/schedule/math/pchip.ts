/**
 * Monotone cubic interpolation (PCHIP): Hermite pieces whose slopes are weighted harmonic means of the neighbouring
 * secants, with a three-point formula at the ends (Fritsch & Butland 1984, as in SciPy's PchipInterpolator).
 * It never overshoots: it increases wherever the points increase.
 *
 * @param xs at least two, strictly increasing
 * @param ys of the same length
 */
export function pchip(xs: readonly number[], ys: readonly number[]): (x: number) => number {
  const at = (list: readonly number[], index: number): number => list[index] ?? Number.NaN;
  const last = xs.length - 1;
  const widths = Array.from({ length: last }, (_, k) => at(xs, k + 1) - at(xs, k));
  const secants = widths.map((width, k) => (at(ys, k + 1) - at(ys, k)) / width);
  const slopes = xs.map((_, k) => {
    if (last === 1) return at(secants, 0);
    if (k === 0) return endSlope(at(widths, 0), at(widths, 1), at(secants, 0), at(secants, 1));
    if (k === last)
      return endSlope(at(widths, last - 1), at(widths, last - 2), at(secants, last - 1), at(secants, last - 2));
    return innerSlope(at(widths, k - 1), at(widths, k), at(secants, k - 1), at(secants, k));
  });
  return (x) => {
    let k = 0;
    for (let high = last; high - k > 1; ) {
      const middle = (k + high) >> 1;
      if (at(xs, middle) <= x) k = middle;
      else high = middle;
    }
    const width = at(widths, k);
    const u = (x - at(xs, k)) / width;
    const v = 1 - u;
    return (
      v * v * (1 + 2 * u) * at(ys, k) +
      u * u * (1 + 2 * v) * at(ys, k + 1) +
      u * v * width * (v * at(slopes, k) - u * at(slopes, k + 1))
    );
  };
}

function innerSlope(before: number, after: number, left: number, right: number): number {
  if (left * right <= 0) return 0;
  const [toLeft, toRight] = [2 * after + before, after + 2 * before];
  return (toLeft + toRight) / (toLeft / left + toRight / right);
}

function endSlope(near: number, far: number, secant: number, next: number): number {
  const slope = ((2 * near + far) * secant - near * next) / (near + far);
  if (Math.sign(slope) !== Math.sign(secant)) return 0;
  return Math.sign(secant) !== Math.sign(next) && Math.abs(slope) > 3 * Math.abs(secant) ? 3 * secant : slope;
}

/** The monotone cubic through K sigmas at t = 1 − i/K and through the terminal 0 at t = 0. */
export function throughSigmas(sigmas: readonly number[]): (t: number) => number {
  const count = sigmas.length;
  return pchip(
    Array.from({ length: count + 1 }, (_, k) => k / count),
    [0, ...sigmas.toReversed()],
  );
}
