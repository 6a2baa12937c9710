import { band } from "../analysis/band.ts";
import type { AxisOfPanel, Panel, PanelCurve, Series, Trace } from "./figure.ts";

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
