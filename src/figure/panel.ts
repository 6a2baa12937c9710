import { trainingTimesteps } from "../analysis/curve.ts";
import { rangeOf } from "./domain.ts";
import type { AxisOfPanel, Panel } from "./figure.ts";

/** More points in one panel than this are joined, not marked. */
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

/** What one series shows in a panel: x, y, and which points to leave out, so that the line passes over them. */
export type PanelCurve = readonly [
  x: readonly number[],
  y: readonly (number | null)[],
  shown?: readonly boolean[] | undefined,
];

/** A panel of one trace a series, in the order of the figure's series. */
export function panel(key: string, x: AxisOfPanel, y: AxisOfPanel, curves: readonly PanelCurve[]): Panel {
  const traces = curves.map(([xs, ys, shown], series) => {
    // What precedes the first value (a prediction has none before it) is no gap: there is no line yet to break.
    const found = ys.findIndex((value) => value !== null);
    const first = found === -1 ? ys.length : found;
    // Of a big sweep nearly all curves are whole; pieces of arrays are lighter than what grows by points.
    if (isWhole(ys, shown, first))
      return { series, x: xs.slice(first), y: ys.slice(first), rows: range(first, ys.length) };
    const [x, y, rows]: [number[], (number | null)[], number[]] = [[], [], []];
    for (let i = first; i < ys.length; i += 1) {
      if (shown?.[i] === false) continue;
      x.push(xs[i] ?? 0);
      y.push(drawable(ys[i] ?? null));
      rows.push(i);
    }
    return { series, x, y, rows };
  });
  const points = traces.reduce((total, trace) => total + trace.x.length, 0);
  return { key, description: describe(x, y, traces), x, y, points: points <= mostPoints, traces };
}

/** Whether from the first point on all can be drawn and none is left out. */
function isWhole(ys: readonly (number | null)[], shown: readonly boolean[] | undefined, first: number): boolean {
  for (let i = first; i < ys.length; i += 1) if (shown?.[i] === false || !Number.isFinite(ys[i])) return false;
  return true;
}

const ranges = new Map<string, readonly number[]>();

/** Whole numbers from `first` to before `end`, one array for all who ask for the same. */
function range(first: number, end: number): readonly number[] {
  const key = `${first} ${end}`;
  const known = ranges.get(key) ?? Array.from({ length: end - first }, (_, i) => first + i);
  ranges.set(key, known);
  return known;
}

/** A value, or null where it cannot be drawn. */
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
