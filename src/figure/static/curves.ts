import type { Figure, Panel, Style, Trace } from "../figure.ts";
import { page, positions } from "./layout.ts";
import { dashArrays, markerPath } from "./marks.ts";

/** Lines of one style, as one SVG path in the panel's px: a thousand cells in a few colours stay a few paths. */
export interface CurvePath {
  readonly path: string;
  readonly color: string;
  /** SVG's stroke-dasharray. */
  readonly dash: readonly number[];
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly marker: Style["marker"];
}

/** Marks of one style, as one SVG path in the panel's px. */
export interface PointPath {
  readonly path: string;
  readonly color: string;
}

/** The panel's lines, `width` px wide. A null breaks a line. */
export function curvePaths(panel: Panel, figure: Figure, width: number): CurvePath[] {
  const byStyle = new Map<string, { readonly parts: string[]; readonly style: Style }>();
  const place = placing(panel, width);
  for (const trace of panel.traces) {
    const style = figure.series[trace.series]?.style;
    if (style === undefined) continue;
    const key = `${style.color} ${style.dash}`;
    const group = byStyle.get(key) ?? { parts: [], style };
    byStyle.set(key, group);
    group.parts.push(pathOf(trace, place, figure.legend.kind === "series"));
  }
  return [...byStyle.values()].map(({ parts, style }) => ({
    path: parts.join(""),
    color: style.color,
    dash: dashArrays[style.dash],
  }));
}

/** One curve has no more marks than this: nearer ones would blot. */
const mostMarks = 20;

/** The panel's marked points: of a long curve some from its first to its last, so that its mark can still be made out. */
export function curvePoints(panel: Panel, figure: Figure, width: number): CurvePoint[] {
  if (!panel.points) return [];
  const { across, up } = placing(panel, width);
  return panel.traces.flatMap((trace) => {
    const style = figure.series[trace.series]?.style;
    if (style === undefined) return [];
    const marked = spread(trace.y.length);
    return trace.y.flatMap((value, i) => {
      if (value === null || !marked.has(i)) return [];
      return [{ x: across(trace.x[i] ?? 0), y: up(value), color: style.color, marker: style.marker }];
    });
  });
}

/** Places from 0 to n − 1, both among them: all, or as many as are marked, as evenly as whole numbers are. */
function spread(n: number): Set<number> {
  if (n <= mostMarks) return new Set(Array.from({ length: n }, (_, i) => i));
  return new Set(Array.from({ length: mostMarks }, (_, k) => Math.round((k * (n - 1)) / (mostMarks - 1))));
}

/** The panel's marked points as paths, `markWidth` px wide each. */
export function pointPaths(panel: Panel, figure: Figure, width: number, markWidth: number): PointPath[] {
  const byStyle = new Map<string, { readonly color: string; readonly parts: string[] }>();
  for (const { x, y, color, marker } of curvePoints(panel, figure, width)) {
    const key = `${color} ${marker}`;
    const group = byStyle.get(key) ?? { color, parts: [] };
    byStyle.set(key, group);
    group.parts.push(markerPath(marker, x, y, markWidth));
  }
  return [...byStyle.values()].map(({ color, parts }) => ({ color, path: parts.join("") }));
}

/** Where curves are too many to name, px by which a line may leave its points. */
const tolerance = 0.1;

function pathOf({ x, y }: Trace, { across, up }: Placing, everyPoint: boolean): string {
  const words: string[] = [];
  let [xs, ys]: [number[], number[]] = [[], []];
  const end = () => {
    const kept = everyPoint ? xs.keys() : simplify(xs, ys, tolerance);
    let command = "M";
    for (const i of kept) {
      words.push(`${command}${xs[i]},${ys[i]}`);
      command = "L";
    }
    [xs, ys] = [[], []];
  };
  for (let i = 0; i < y.length; i += 1) {
    const value = y[i] ?? null;
    if (value === null) {
      end();
      continue;
    }
    xs.push(across(x[i] ?? 0));
    ys.push(up(value));
  }
  end();
  // Once a curve: text that grows by pieces keeps every piece alive.
  return words.join("");
}

/** Where a value on each axis lies in px, from the panel's upper left corner. */
interface Placing {
  readonly across: (x: number) => number;
  readonly up: (y: number) => number;
}

function placing(panel: Panel, width: number): Placing {
  const across = positions(panel.x, width);
  const up = positions(panel.y, page.panelHeight);
  return { across: (x) => round(across(x)), up: (y) => round(page.panelHeight - round(up(y))) };
}

/** To a tenth of a px, which is finer than print. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Leaves out points of a line that lie within `tolerance` px of the straight piece which replaces them (greedily, from
 * the first to the last, both kept): at a tenth of a px nobody sees it, and a thousand smooth curves become light.
 *
 * @param xs in px
 * @param ys in px, as many
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
