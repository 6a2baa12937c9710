/** A point in px. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Leaves out points of a line that lie within `tolerance` px of the straight piece which replaces them (greedily, from
 * the first to the last, both kept): at a tenth of a px nobody sees it, and a thousand smooth curves become light.
 */
export function simplify(points: readonly Point[], tolerance: number): Point[] {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 3) return [...points];
  const kept = [first];
  let anchor = 0;
  for (let end = 2; end < points.length; end += 1) {
    const [from, to, before] = [points[anchor], points[end], points[end - 1]];
    if (from === undefined || to === undefined || before === undefined) continue;
    if (near(points, anchor, end, from, to, tolerance)) continue;
    kept.push(before);
    anchor = end - 1;
  }
  kept.push(last);
  return kept;
}

/** Whether all points between two of them lie near the straight piece that joins these. */
function near(
  points: readonly Point[],
  first: number,
  last: number,
  from: Point,
  to: Point,
  tolerance: number,
): boolean {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const squared = dx * dx + dy * dy;
  for (let i = first + 1; i < last; i += 1) {
    const { x, y } = points[i] ?? from;
    const along = squared === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / squared;
    const nearest = Math.min(Math.max(along, 0), 1);
    if (Math.hypot(x - from.x - nearest * dx, y - from.y - nearest * dy) > tolerance) return false;
  }
  return true;
}
