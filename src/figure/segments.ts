/*
 * Lines as runs of points. Plots draw series of one style as one line with gaps, since thousands of lines would freeze a
 * browser; these functions find a series' points in it again.
 */

/** The points of one series within a joined line: [series, index of its first point]. */
export type Segment = readonly [series: number, start: number];

/** Points of several series as one line, separated by nulls. */
export interface JoinedLine {
  readonly x: (number | null)[];
  readonly y: (number | null)[];
  readonly segments: readonly Segment[];
}

export interface SeriesPoints {
  readonly series: number;
  readonly x: readonly (number | null)[];
  /** null breaks the line. */
  readonly y: readonly (number | null)[];
}

export function joinLines(lines: Iterable<SeriesPoints>): JoinedLine {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const segments: Segment[] = [];
  for (const line of lines) {
    if (segments.length > 0) {
      x.push(null);
      y.push(null);
    }
    segments.push([line.series, x.length]);
    for (const value of line.x) x.push(value);
    for (const value of line.y) y.push(value);
  }
  return { x, y, segments };
}

/** Which series a point of a joined line belongs to, and the point's index within it; null for an empty line. */
export function pointAt(
  { segments }: Pick<JoinedLine, "segments">,
  index: number,
): { readonly series: number; readonly point: number } | null {
  const segment = segments.findLast(([, start]) => start <= index);
  return segment === undefined ? null : { series: segment[0], point: index - segment[1] };
}

/** The unbroken runs of a line, as [first, last] indices. */
export function solidRuns(y: readonly (number | null)[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const [i, value] of y.entries()) {
    if (value === null) continue;
    const run = runs.at(-1);
    if (run !== undefined && run[1] === i - 1) run[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}
