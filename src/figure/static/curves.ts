import { area, line } from "d3-shape";
import type { Panel, Style, Trace } from "../figure.ts";
import { solidRuns } from "../segments.ts";
import { contextInk, dashArrays, ink, type Mark, markerPath, type PathMark } from "./marks.ts";
import type { Sheet } from "./sheet.ts";
import { positions } from "./ticks.ts";

/** Where a panel's data lie on the page. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** pt by which a line may leave its points. */
const tolerance = 0.06;
/** Every curve of a panel with more curves than this has only a few marks. */
const crowded = 12;
/** One curve has no more marks than this: nearer ones would blot. */
const mostMarks = { few: 20, crowded: 3 };
const bandOpacity = 0.18;

type Point = readonly [x: number, y: number];

/** A panel's bands, lines, marks and non-finite steps. */
export function curveMarks(
  panel: Panel,
  styleOf: (series: number) => Style | undefined,
  box: Box,
  sheet: Sheet,
): Mark[] {
  const place = placing(panel, box);
  const many = panel.traces.length > crowded;
  const width = many ? 0.7 * sheet.line : sheet.line;
  const styled = panel.traces.flatMap((trace) => {
    const style = styleOf(trace.series);
    return style === undefined ? [] : [{ trace, style }];
  });
  const context = joined(panel.context.map((trace) => lineOf(trace, place)));
  return [
    ...(context === "" ? [] : [{ kind: "path", d: context, stroke: contextInk, width: 0.6 * sheet.line } as const]),
    ...byStyle(
      styled,
      ({ color }) => color,
      ({ trace }) => bandOf(trace, place),
    ).map(({ style, d }) => ({
      kind: "path" as const,
      d,
      fill: style.color,
      opacity: bandOpacity,
    })),
    ...byStyle(
      styled,
      ({ color, dash }) => `${color} ${dash}`,
      ({ trace }) => lineOf(trace, place),
    ).map(({ style, d }): PathMark => ({ kind: "path", d, stroke: style.color, width, dash: dashArrays[style.dash] })),
    ...(panel.points ? pointMarks(styled, place, many, sheet) : []),
    ...styled.flatMap(({ trace, style }) => nonFiniteMark(trace, style, place, box, sheet)),
  ];
}

interface Styled {
  readonly trace: Trace;
  readonly style: Style;
}

/** Paths of one look joined to one: a thousand curves of a few colours stay a few paths. */
function byStyle(styled: readonly Styled[], key: (style: Style) => string, draw: (one: Styled, i: number) => string) {
  const groups = new Map<string, { readonly style: Style; readonly parts: string[] }>();
  for (const [i, one] of styled.entries()) {
    const part = draw(one, i);
    if (part === "") continue;
    const group = groups.get(key(one.style)) ?? { style: one.style, parts: [] };
    groups.set(key(one.style), group);
    group.parts.push(part);
  }
  return [...groups.values()].map(({ style, parts }) => ({ style, d: joined(parts) }));
}

function joined(parts: readonly string[]): string {
  return parts.join("");
}

interface Placing {
  readonly across: (x: number) => number;
  readonly up: (y: number) => number;
  /** Whether a value has a place: none at or below 0 on a logarithmic axis. */
  readonly has: (y: number) => boolean;
}

function placing({ x, y }: Panel, box: Box): Placing {
  const [across, up] = [positions(x, box.width), positions(y, box.height)];
  return {
    across: (value) => round(box.x + across(value)),
    up: (value) => round(box.y + box.height - up(value)),
    has: (value) => y.scale === "linear" || value > 0,
  };
}

function lineOf({ x, y }: Trace, place: Placing): string {
  const draw = line<Point>().digits(2);
  return joined(
    solidRuns(y.map((value) => (value !== null && place.has(value) ? value : null))).map(([first, last]) => {
      const xs = Array.from({ length: last - first + 1 }, (_, i) => place.across(x[first + i] ?? 0));
      const ys = Array.from({ length: last - first + 1 }, (_, i) => place.up(y[first + i] ?? 0));
      return draw(simplify(xs, ys, tolerance).map((i): Point => [xs[i] ?? 0, ys[i] ?? 0])) ?? "";
    }),
  );
}

function bandOf({ x, band }: Trace, place: Placing): string {
  if (band === null) return "";
  const draw = area<number>()
    .digits(2)
    .defined((i) =>
      [band.low[i], band.high[i]].every((value) => value !== null && value !== undefined && place.has(value)),
    )
    .x((i) => place.across(x[i] ?? 0))
    .y0((i) => place.up(band.low[i] ?? 0))
    .y1((i) => place.up(band.high[i] ?? 0));
  return draw(x.map((_, i) => i)) ?? "";
}

function pointMarks(styled: readonly Styled[], place: Placing, many: boolean, sheet: Sheet): Mark[] {
  const width = many ? 0.85 * sheet.mark : sheet.mark;
  return byStyle(
    styled,
    ({ color, marker }) => `${color} ${marker}`,
    ({ trace, style }, i) =>
      joined(
        markedPoints(trace.y.length, many, i).map((k) => {
          const value = trace.y[k] ?? null;
          if (value === null || !place.has(value)) return "";
          return markerPath(style.marker, place.across(trace.x[k] ?? 0), place.up(value), width);
        }),
      ),
  ).map(({ style, d }): PathMark => ({ kind: "path", d, fill: style.color }));
}

/** Indices of the points that get a mark: all, some from the first to the last, or a few that differ from curve to curve. */
export function markedPoints(n: number, many: boolean, curve: number): number[] {
  if (many) {
    const shift = (curve * 0.618034) % 1;
    return [
      ...new Set(
        Array.from({ length: mostMarks.crowded }, (_, k) => Math.floor(((k + shift) * n) / mostMarks.crowded)),
      ),
    ];
  }
  if (n <= mostMarks.few) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: mostMarks.few }, (_, k) => Math.round((k * (n - 1)) / (mostMarks.few - 1)));
}

/** A cross at the panel's upper edge, at the first step whose value is NaN or infinite. */
function nonFiniteMark({ x, nonFinite }: Trace, style: Style, place: Placing, box: Box, sheet: Sheet): Mark[] {
  if (nonFinite === null) return [];
  const [at, r] = [place.across(x[nonFinite] ?? 0), 0.9 * sheet.mark];
  const top = round(box.y + r);
  const d = `M${at - r},${top - r}l${2 * r},${2 * r}m${-2 * r},0l${2 * r},${-2 * r}`;
  return [
    { kind: "path", d, stroke: "#ffffff", width: 2.6 * sheet.line },
    { kind: "path", d, stroke: style.color === "" ? ink : style.color, width: 1.3 * sheet.line },
  ];
}

/** To a twentieth of a pt, which is finer than print. */
function round(value: number): number {
  return Math.round(value * 20) / 20;
}

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
