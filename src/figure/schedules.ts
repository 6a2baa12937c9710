import { type Schedule, slopeCurve, stepSizes } from "../schedule/index.ts";
import { fractionAxis, valueAxis } from "./axis.ts";
import { categoricalColor } from "./color.ts";
import type { AxisOfPanel, Figure, Panel, PanelCurve, Series } from "./figure.ts";
import { panel, tracesOf } from "./panel.ts";
import { dashOf, markerOf } from "./style.ts";

/** One schedule to draw. */
export interface DrawnSchedule {
  readonly label: string;
  readonly schedule: Schedule;
  /** N float32 values, as they would be sent. */
  readonly sigmas: readonly number[];
}

const clearedAxis: AxisOfPanel = {
  quantity: "cleared",
  label: "1 − σ",
  unit: null,
  scale: "linear",
  domain: [0, 1],
};

/** The colour of the reference line, which no schedule has. */
const lineColor = "#cc3311";

/**
 * Several schedules in one plot, as in the first figure of the article behind l1probe (docs/article.md): 1 − σ against the
 * step, from noise at 0 to the terminal 1. Below it, the slope φ', and Δσ of each step against 1 − σ at its start.
 *
 * @param line a dashed line at this 1 − σ, or null
 * @param version of l1probe
 */
export function schedulesFigure(schedules: readonly DrawnSchedule[], line: number | null, version: string): Figure {
  const counts = [...new Set(schedules.map(({ sigmas }) => sigmas.length))];
  const [only] = counts;
  const steps = counts.length === 1 ? only : undefined;
  return {
    title:
      schedules.length === 1
        ? (schedules[0]?.label ?? "")
        : `${schedules.length} schedules at ${counts.join(", ")} steps`,
    subtitle: [],
    rows: [
      {
        key: "sigma",
        title: "1 − σ at each step",
        panels: [sigmaPanel(schedules, line, steps)],
      },
      {
        key: "pace",
        title: "Δσ of each step, and the slope of the shift function",
        panels: [slopePanel(schedules), sizePanel(schedules)],
      },
    ],
    series: [...schedules.map(({ label }, i) => series(label, i)), ...(line === null ? [] : [lineSeries(line)])],
    aside: null,
    legend: { kind: "series" },
    facets: [],
    notes: [],
    caption: `sigmas as they are sent, float32 · ${counts.join(", ")} steps · no model ran · l1probe ${version}`,
  };
}

function series(label: string, i: number): Series {
  // 7 colours, 6 markers and 4 dashes have no common period, so that no pair of them comes again within 42 schedules.
  const style = { color: categoricalColor(i), marker: markerOf(i), dash: dashOf(i) };
  return { id: `${i}`, label, style, cells: [i] };
}

function lineSeries(line: number): Series {
  return {
    id: "line",
    label: `1 − σ = ${line}`,
    style: { color: lineColor, marker: "cross", dash: "dashed" },
    cells: [],
  };
}

/** Each schedule's own curve. */
function own(curves: readonly PanelCurve[]) {
  return tracesOf(
    curves,
    curves.map((_, i) => ({ cells: [i] })),
  );
}

function sigmaPanel(schedules: readonly DrawnSchedule[], line: number | null, steps: number | undefined): Panel {
  const x: AxisOfPanel = steps === undefined ? fractionAxis : { ...fractionAxis, label: "step", domain: [0, steps] };
  const curves = schedules.map(({ sigmas }) => {
    const cleared = [...sigmas, 0].map((sigma) => 1 - sigma);
    return [cleared.map((_, i) => (steps === undefined ? i / sigmas.length : i)), cleared] as const;
  });
  const across = line === null ? [] : [[[...x.domain], [line, line]] as const];
  const all = [...curves, ...across];
  return { ...panel("sigma-step", x, clearedAxis, all, own(all)), points: false };
}

function slopePanel(schedules: readonly DrawnSchedule[]): Panel {
  const curves = schedules.map(({ schedule, sigmas }) => {
    const along = slopeCurve(schedule, sigmas.length);
    return [along.map(({ oneMinusT }) => oneMinusT), along.map(({ slope }) => slope)] as const;
  });
  const traces = own(curves);
  const y = valueAxis("slope", "slope φ'", null, traces);
  return { ...panel("slope", { ...fractionAxis, label: "1 − t" }, y, curves, traces), points: false };
}

function sizePanel(schedules: readonly DrawnSchedule[]): Panel {
  const curves = schedules.map(({ sigmas }) => [sigmas.map((sigma) => 1 - sigma), stepSizes(sigmas)] as const);
  const traces = own(curves);
  return panel("step-size", clearedAxis, valueAxis("delta_sigma", "Δσ = σ − σ next", null, traces), curves, traces);
}
