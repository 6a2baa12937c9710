/**
 * The place where an increasing function crosses zero, to the last bit: halves [low, high] until no double is left
 * between its ends.
 *
 * @param f increasing, f(low) ≤ 0 ≤ f(high); a decreasing one is turned round by its caller
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
