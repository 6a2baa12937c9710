import { band } from "../../analysis/statistics.ts";
import { joinLines, type Segment } from "../../figure/segments.ts";
import type { PagePlot, PagePlots, PageSeries } from "../page/plots.ts";
import type { Table } from "./table.ts";

/** The points of one series in one plot. */
export interface Points {
  readonly x: readonly (number | null)[];
  /** null breaks the line. */
  readonly y: readonly (number | null)[];
  /** The 10 % and 90 % quantiles, if y is a median. */
  readonly low: readonly (number | null)[] | null;
  readonly high: readonly (number | null)[] | null;
  /** The row of each point within its cell. */
  readonly rows: readonly number[];
}

/** A line of Plotly, and which series' points it has. */
export interface Line {
  readonly trace: Partial<Plotly.PlotData>;
  readonly segments: readonly Segment[];
}

/** More series than this share lines by style: thousands of lines would freeze a browser. */
const mostLines = 24;

export function rowsOf({ points }: PagePlot, cell: number): readonly number[] {
  const [first, count] = points[cell] ?? [[]];
  return typeof first === "number" ? Array.from({ length: count ?? 0 }, (_, i) => first + i) : (first ?? []);
}

/** A cell's own curve, or the median and band of several cells. */
export function pointsOf(table: Table, plot: PagePlot, cells: readonly number[]): Points {
  const [first = -1] = cells;
  const rows = rowsOf(plot, first);
  const along = (cell: number, name: string) => rows.map((row) => table.number(cell, name, row));
  const x = along(first, plot.x);
  if (cells.length < 2) return { x, y: along(first, plot.y), low: null, high: null, rows };
  const { median, low, high } = band(cells.map((cell) => along(cell, plot.y)));
  return { x, y: median, low, high, rows };
}

/** Everything that a plot draws: bands first, lines over them. */
export function linesOf(table: Table, plots: PagePlots, plot: PagePlot, series: readonly PageSeries[]): Line[] {
  const groups = new Map<number, number[]>();
  for (const [i, { style }] of series.entries()) {
    const key = series.length > mostLines ? style : -1 - i;
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  const points = series.map(({ cells }) => pointsOf(table, plot, cells));
  const bands = series.flatMap(({ style }, i): Line[] => {
    const { x, low, high } = points[i] ?? { x: [], low: null, high: null };
    if (low === null || high === null) return [];
    const color = plots.styles[style]?.color ?? "#000000";
    const outline = { x: [...x, ...[...x].reverse()], y: [...high, ...[...low].reverse()] };
    const look = {
      fill: "toself",
      fillcolor: `${color}2e`,
      line: { width: 0 },
      mode: "lines",
      hoverinfo: "skip",
    } as const;
    return [{ trace: { type: "scatter", ...outline, ...look }, segments: [] }];
  });
  const lines = [...groups.values()].map((members): Line => {
    const joined = joinLines(members.map((i) => ({ series: i, x: points[i]?.x ?? [], y: points[i]?.y ?? [] })));
    const style = plots.styles[series[members[0] ?? -1]?.style ?? -1];
    const look = plot.marked && series.length <= mostLines ? style?.marked : style?.lines;
    return { trace: { ...look, x: joined.x, y: joined.y, hoverinfo: "none" }, segments: joined.segments };
  });
  return [...bands, ...lines];
}

/** Lines of some cells as an SVG path in a plot's own coordinates. */
export function pathOf(table: Table, plot: PagePlot, cells: Iterable<number>): string {
  const parts: string[] = [];
  for (const cell of cells) {
    const { x, y } = pointsOf(table, plot, [cell]);
    let pen = "M";
    for (const [i, value] of y.entries()) {
      if (value === null) pen = "M";
      else {
        parts.push(`${pen}${x[i]},${value}`);
        pen = "L";
      }
    }
  }
  return parts.join("");
}
