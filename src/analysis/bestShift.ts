/**
 * The flow shift of least error: the vertex of the parabola in ln s through the best of the measured shifts and its
 * neighbours; the best one itself at an end of the list.
 *
 * @param errors by shift, two at least
 */
export function bestShift(errors: ReadonlyMap<number, number>): number {
  const known = [...errors].sort(([a], [b]) => a - b);
  const best = known.reduce((least, [, error], i) => (error < (known[least]?.[1] ?? error) ? i : least), 0);
  const [left, middle, right] = [known[best - 1], known[best], known[best + 1]];
  if (middle === undefined) return Number.NaN;
  if (left === undefined || right === undefined) return middle[0];
  const x = [left, middle, right].map(([s]) => Math.log(s)) as [number, number, number];
  const y = [left, middle, right].map(([, error]) => error) as [number, number, number];
  const [a, b] = [(y[0] - y[1]) / (x[0] - x[1]), (y[1] - y[2]) / (x[1] - x[2])];
  const bend = (a - b) / (x[0] - x[2]);
  if (!(bend > 0)) return middle[0];
  return Math.exp((x[0] + x[1]) / 2 - a / (2 * bend));
}
