import { trainingTimesteps } from "../analysis/curve.ts";
import type { AxisOfPanel, ScaleType, Trace } from "./figure.ts";

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
