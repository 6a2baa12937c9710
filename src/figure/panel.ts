import { trainingTimesteps } from "../analysis/curve.ts";
import type { AxisOfPanel, Panel } from "./figure.ts";

/** The most points in one panel that get marks. */
const mostPoints = 600;

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

/** An axis for measurements that are 0 or more, wide enough for all curves of a row. */
export function valueAxis(
  quantity: string,
  label: string,
  unit: string | null,
  curves: readonly (readonly (number | null)[])[],
): AxisOfPanel {
  return { quantity, label, unit, ...rangeOf(curves) };
}

/** One series in a panel: x, y, and which points to draw; the line skips the others. */
export type PanelCurve = readonly [
  x: readonly number[],
  y: readonly (number | null)[],
  shown?: readonly boolean[] | undefined,
];

/** A panel with one trace per series, in the order of the figure's series. */
export function panel(key: string, x: AxisOfPanel, y: AxisOfPanel, curves: readonly PanelCurve[]): Panel {
  const traces = curves.map(([xs, ys, shown], series) => {
    // Steps before the first value (a first prediction has no reference) are not a gap: the line has not started.
    const first = ys.findIndex((value) => value !== null);
    const rows = [...ys.keys()].filter((i) => first !== -1 && i >= first && shown?.[i] !== false);
    return { series, x: rows.map((i) => xs[i] ?? 0), y: rows.map((i) => drawable(ys[i] ?? null)), rows };
  });
  const points = traces.reduce((total, trace) => total + trace.x.length, 0);
  return { key, description: describe(x, y, traces), x, y, points: points <= mostPoints, traces };
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

/** Ratio of the largest to the smallest value from which a logarithmic axis shows more than a linear one. */
const logRatio = 100;

/** The range of an axis of positive measurements and its scale. */
export interface Range {
  readonly scale: "linear" | "log";
  readonly domain: readonly [number, number];
}

/**
 * Linear from 0 to 5 % above the largest value, or logarithmic with 20 % of margin at both ends. Values that are null,
 * not finite or not above 0 are ignored.
 *
 * @param logFrom the ratio of the largest to the smallest value from which the scale is logarithmic
 */
export function rangeOf(curves: Iterable<Iterable<number | null>>, logFrom = logRatio): Range {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const values of curves) {
    for (const value of values) {
      if (value === null || !Number.isFinite(value) || value <= 0) continue;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }
  if (highest === 0) return { scale: "linear", domain: [0, 1] };
  if (highest / lowest < logFrom) return { scale: "linear", domain: [0, highest * 1.05] };
  return { scale: "log", domain: [lowest / 1.2, highest * 1.2] };
}
