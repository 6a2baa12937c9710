import { type Schedule, slopeCurve, stepSizes } from "../schedule/index.ts";
import type { AxisOfPanel, Figure, Panel, Series } from "./figure.ts";
import { fractionAxis, panel, valueAxis } from "./panel.ts";
import { categoricalColor, categoricalColors, dashOf, markerOf } from "./style.ts";

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
    legend: { kind: "series" },
    notes: [],
    caption: `sigmas as they are sent, float32 · ${counts.join(", ")} steps · no model ran · l1probe ${version}`,
  };
}

function series(label: string, i: number): Series {
  const turn = Math.floor(i / categoricalColors);
  return { id: `${i}`, label, style: { color: categoricalColor(i), marker: markerOf(i), dash: dashOf(turn) } };
}

function lineSeries(line: number): Series {
  return { id: "line", label: `1 − σ = ${line}`, style: { color: lineColor, marker: "cross", dash: "dashed" } };
}

function sigmaPanel(schedules: readonly DrawnSchedule[], line: number | null, steps: number | undefined): Panel {
  const x: AxisOfPanel = steps === undefined ? fractionAxis : { ...fractionAxis, label: "step", domain: [0, steps] };
  const curves = schedules.map(({ sigmas }) => {
    const cleared = [...sigmas, 0].map((sigma) => 1 - sigma);
    return [cleared.map((_, i) => (steps === undefined ? i / sigmas.length : i)), cleared] as const;
  });
  const across = line === null ? [] : [[[...x.domain], [line, line]] as const];
  return { ...panel("sigma-step", x, clearedAxis, [...curves, ...across]), points: false };
}

function slopePanel(schedules: readonly DrawnSchedule[]): Panel {
  const curves = schedules.map(({ schedule, sigmas }) => {
    const along = slopeCurve(schedule, sigmas.length);
    return [along.map(({ oneMinusT }) => oneMinusT), along.map(({ slope }) => slope)] as const;
  });
  const y = valueAxis(
    "slope",
    "slope φ'",
    null,
    curves.map(([, slopes]) => slopes),
  );
  return { ...panel("slope", { ...fractionAxis, label: "1 − t" }, y, curves), points: false };
}

function sizePanel(schedules: readonly DrawnSchedule[]): Panel {
  const curves = schedules.map(({ sigmas }) => [sigmas.map((sigma) => 1 - sigma), stepSizes(sigmas)] as const);
  const y = valueAxis(
    "delta_sigma",
    "Δσ = σ − σ next",
    null,
    curves.map(([, sizes]) => sizes),
  );
  return panel("step-size", clearedAxis, y, curves);
}
