import { trainingTimesteps } from "../analysis/curve.ts";
import { band } from "../analysis/statistics.ts";
import type { AxisOfPanel, Figure, Panel, PanelCurve, PanelRow, ScaleType, Series, Style, Trace } from "./figure.ts";

/** What the series show of the cells' curves: each cell's own, or the median and band of a group. */
export function tracesOf(curves: readonly PanelCurve[], series: readonly Pick<Series, "cells">[]): Trace[] {
  return series.map(({ cells }, i) =>
    traceOf(
      i,
      cells.map((cell) => curves[cell] ?? [[], []]),
    ),
  );
}

/** The same lines against another x. */
export function tracesAlong(
  traces: readonly Trace[],
  curves: readonly PanelCurve[],
  series: readonly Pick<Series, "cells">[],
): Trace[] {
  return traces.map((trace) => {
    const [xs = []] = curves[series[trace.series]?.cells[0] ?? -1] ?? [];
    return { ...trace, x: trace.rows.map((row) => xs[row] ?? 0) };
  });
}

function traceOf(series: number, curves: readonly PanelCurve[]): Trace {
  const [xs = [], ys = [], shown] = curves[0] ?? [];
  const grouped = curves.length > 1 ? band(curves.map(([, values]) => values)) : null;
  const values = grouped?.median ?? ys;
  const of = (all: readonly (number | null)[]) => rows.map((i) => drawable(all[i] ?? null));
  const rows = drawnRows([xs, ys, shown]);
  const lost = rows.findIndex((row) => curves.some(([, all]) => isLost(all[row])));
  return {
    series,
    x: rows.map((i) => xs[i] ?? 0),
    y: of(values),
    rows,
    band: grouped === null ? null : { low: of(grouped.low), high: of(grouped.high) },
    nonFinite: lost === -1 ? null : lost,
  };
}

/** The rows of a cell that a line joins. */
export function drawnRows([, ys, shown]: PanelCurve): number[] {
  // Steps before the first value (a first prediction has no reference) are not a gap: the line has not started.
  const first = ys.findIndex((value) => value !== null);
  const rows: number[] = [];
  for (let i = first; first !== -1 && i < ys.length; i += 1) if (shown?.[i] !== false) rows.push(i);
  return rows;
}

function isLost(value: number | null | undefined): boolean {
  return value !== null && value !== undefined && !Number.isFinite(value);
}

/** A panel of these cells' curves, drawn as `traces`. */
export function panel(
  key: string,
  x: AxisOfPanel,
  y: AxisOfPanel,
  curves: readonly PanelCurve[],
  traces: readonly Trace[],
): Panel {
  const description = describe(x, y, traces);
  return { key, title: "", description, x, y, points: true, traces, context: [], curves };
}

/** A value, or null if it cannot be drawn. */
export function drawable(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function describe(x: AxisOfPanel, y: AxisOfPanel, traces: readonly { y: readonly (number | null)[] }[]): string {
  const drawn = traces.length === 1 ? "1 curve" : `${traces.length} curves`;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const trace of traces) {
    for (const value of trace.y) {
      if (value === null) continue;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }
  const span = highest < lowest ? "no values" : `from ${lowest.toPrecision(3)} to ${highest.toPrecision(3)}`;
  return `${y.label} against ${x.label}: ${drawn}, ${span}.`;
}

/*
 * Figures of lines that are no cells: measured values, densities, differences. A panel need not have all series.
 */

/** A line of a panel, by the place of its series. */
export type Line = readonly [series: number, ...PanelCurve];

export function linesOf(lines: readonly Line[]): Trace[] {
  const curves = lines.map(([, x, y, shown]): PanelCurve => [x, y, shown]);
  const own = curves.map((_, i) => ({ cells: [i] }));
  return tracesOf(curves, own).map((trace, i) => ({ ...trace, series: lines[i]?.[0] ?? 0 }));
}

export function linePanel(key: string, x: AxisOfPanel, y: AxisOfPanel, lines: readonly Line[]): Panel {
  const curves = lines.map(([, xs, ys, shown]): PanelCurve => [xs, ys, shown]);
  return panel(key, x, y, curves, linesOf(lines));
}

export function line(id: string, label: string, style: Style): Series {
  return { id, label, style, cells: [] };
}

/** A figure whose legend lists its series. */
export function lineFigure(
  title: string,
  rows: readonly PanelRow[],
  series: readonly Series[],
  caption: string,
): Figure {
  return { title, subtitle: [], rows, aside: null, series, legend: { kind: "series" }, facets: [], notes: [], caption };
}

/** 1 − σ: 0 is noise, 1 is clean. */
export const clearedAxis: AxisOfPanel = {
  quantity: "cleared",
  label: "1 − σ",
  unit: null,
  scale: "linear",
  domain: [0, 1],
};

export const fractionAxis: AxisOfPanel = {
  quantity: "fraction",
  label: "step / steps",
  unit: null,
  scale: "linear",
  domain: [0, 1],
};

export const elapsedAxis: AxisOfPanel = {
  quantity: "elapsed",
  label: "1000 − timestep",
  unit: null,
  scale: "linear",
  domain: [0, trainingTimesteps],
};

/** An axis for measurements that are 0 or more, wide enough for all lines and bands of a row. */
export function valueAxis(quantity: string, label: string, unit: string | null, traces: readonly Trace[]): AxisOfPanel {
  return {
    quantity,
    label,
    unit,
    ...rangeOf(traces.flatMap(({ y, band }) => (band === null ? [y] : [band.low, band.high]))),
  };
}

/** A linear axis for differences, which can be negative; 0 is on it. */
export function differenceAxis(quantity: string, label: string, traces: readonly Trace[]): AxisOfPanel {
  let [low, high] = [0, 0];
  for (const { y, band } of traces)
    for (const values of band === null ? [y] : [y, band.low, band.high])
      for (const value of values) if (value !== null) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const margin = 0.05 * (high - low || 1);
  return { quantity, label, unit: null, scale: "linear", domain: [low - margin, high + margin] };
}

/** The title of an axis: `label (unit)`, the label alone if dimensionless, and whether it is logarithmic. */
export function axisTitle({ label, unit, scale }: AxisOfPanel, as: ScaleType = scale): string {
  return `${unit === null ? label : `${label} (${unit})`}${as === "log" ? " (log)" : ""}`;
}

/** Ratio of the largest to the smallest value from which a logarithmic axis shows more than a linear one. */
const logRatio = 100;
/** Ratio of the largest value to the 90 % quantile from which a few values would flatten the rest of a linear axis. */
const outlierRatio = 8;

/** Of fewer values none is an outlier. */
const leastForOutliers = 20;

/** The range of an axis of positive measurements and its scale. */
export interface Range {
  readonly scale: ScaleType;
  readonly domain: readonly [number, number];
}

/**
 * Linear from 0 to 5 % above the largest value, or logarithmic with 20 % of margin at both ends. Values that are null,
 * not finite or not above 0 are ignored.
 *
 * @param logFrom the ratio of the largest to the smallest value from which the scale is logarithmic
 */
export function rangeOf(curves: Iterable<Iterable<number | null>>, logFrom = logRatio): Range {
  const values: number[] = [];
  for (const curve of curves) {
    for (const value of curve) if (value !== null && Number.isFinite(value) && value > 0) values.push(value);
  }
  if (values.length === 0) return { scale: "linear", domain: [0, 1] };
  const sorted = Float64Array.from(values).sort();
  const [lowest = 1, highest = 1] = [sorted[0], sorted[sorted.length - 1]];
  const most = sorted[Math.floor(0.9 * (sorted.length - 1))] ?? highest;
  if (highest / lowest < logFrom && !(values.length >= leastForOutliers && highest / most >= outlierRatio))
    return { scale: "linear", domain: [0, highest * 1.05] };
  return { scale: "log", domain: [lowest / 1.2, Math.min(highest * 1.2, Number.MAX_VALUE)] };
}
