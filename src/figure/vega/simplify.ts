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
    if (points.slice(anchor + 1, end).every((between) => distance(between, from, to) <= tolerance)) continue;
    kept.push(before);
    anchor = end - 1;
  }
  kept.push(last);
  return kept;
}

/** Distance of a point from the straight piece between two others. */
function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / squared;
  const near = Math.min(Math.max(along, 0), 1);
  return Math.hypot(point.x - from.x - near * dx, point.y - from.y - near * dy);
}
