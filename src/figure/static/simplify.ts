/**
 * Leaves out points of a line that lie within `tolerance` pt of the straight piece which replaces them (greedily, from
 * the first to the last, both kept): at a tenth of a pt nobody sees it, and a thousand smooth curves become light.
 *
 * @param xs in pt
 * @param ys in pt, as many
 * @returns the indices of the points that stay, ascending
 */
export function simplify(xs: readonly number[], ys: readonly number[], tolerance: number): number[] {
  const last = xs.length - 1;
  if (last < 2) return [...xs.keys()];
  const kept = [0];
  let anchor = 0;
  for (let end = 2; end <= last; end += 1) {
    if (near(xs, ys, anchor, end, tolerance)) continue;
    anchor = end - 1;
    kept.push(anchor);
  }
  kept.push(last);
  return kept;
}

/** Whether all points between two of them lie near the straight piece that joins these. */
function near(xs: readonly number[], ys: readonly number[], first: number, last: number, tolerance: number): boolean {
  const [fromX, fromY] = [xs[first] ?? 0, ys[first] ?? 0];
  const [dx, dy] = [(xs[last] ?? 0) - fromX, (ys[last] ?? 0) - fromY];
  const squared = dx * dx + dy * dy;
  for (let i = first + 1; i < last; i += 1) {
    const [x, y] = [(xs[i] ?? 0) - fromX, (ys[i] ?? 0) - fromY];
    const along = squared === 0 ? 0 : (x * dx + y * dy) / squared;
    const nearest = Math.min(Math.max(along, 0), 1);
    const [offX, offY] = [x - nearest * dx, y - nearest * dy];
    if (offX * offX + offY * offY > tolerance * tolerance) return false;
  }
  return true;
}
