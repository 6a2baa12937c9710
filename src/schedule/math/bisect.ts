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
