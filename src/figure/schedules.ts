import { parseSchedule, type Schedule, slopeCurve, stepSizes } from "../schedule/index.ts";
import type { AxisOfPanel, Figure, Panel, PanelCurve, PanelRow, Series, Style } from "./figure.ts";
import {
  clearedAxis,
  fractionAxis,
  type Line,
  line,
  lineFigure,
  linePanel,
  linesOf,
  panel,
  tracesOf,
  valueAxis,
} from "./panel.ts";
import { categoricalColor, dashOf, markerOf } from "./style.ts";

/** One schedule to draw. */
export interface DrawnSchedule {
  readonly label: string;
  readonly schedule: Schedule;
  /** N float32 values, as they would be sent. */
  readonly sigmas: readonly number[];
}

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

/** What a measurement found, as the figure draws it. */
export interface DrawnMeasurement {
  /** K + 1 sigmas. */
  readonly edges: readonly number[];
  /** F of each window, with its interval or null. */
  readonly changes: readonly { readonly value: number; readonly interval: readonly [number, number] | null }[];
  readonly amplification: readonly number[] | null;
}

const foundStyle: Style = { color: "#000000", marker: "circle", dash: "solid" };
const intervalStyle: Style = { color: "#8a8a8a", marker: "cross", dash: "solid" };

/**
 * The change of each window and the amplification over 1 − σ, and below them the found schedule of N steps beside named
 * ones.
 *
 * @param found N sigmas
 * @param rivals specs of named schedules
 * @param measured null if nothing was measured
 * @param caption what ran
 */
export function schedulesFoundFigure(
  title: string,
  found: readonly number[],
  rivals: readonly string[],
  measured: DrawnMeasurement | null,
  caption: string,
): Figure {
  const steps = found.length;
  const places = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const all = [found, ...rivals.map((spec) => parseSchedule(spec).sigmas(steps))];
  const sizes = all.map((sigmas, i): Line => [i, sigmas.map((sigma) => 1 - sigma), stepSizes(sigmas)]);
  const hasIntervals = measured?.changes.some(({ interval }) => interval !== null) === true;
  const rows: PanelRow[] = [
    ...(measured === null ? [] : [measurementRow(measured, hasIntervals ? all.length : null)]),
    {
      key: "schedule",
      title: `The schedule of ${steps} steps beside named ones`,
      panels: [
        linePanel(
          "schedule",
          fractionAxis,
          clearedAxis,
          all.map((sigmas, i) => [i, places, [...sigmas, 0].map((sigma) => 1 - sigma)]),
        ),
        linePanel("step-size", clearedAxis, valueAxis("delta_sigma", "Δσ of the step", null, linesOf(sizes)), sizes),
      ],
    },
  ];
  const series = [
    line("found", `found, ${steps} steps`, foundStyle),
    ...rivals.map((spec, i) =>
      line(spec, spec, { color: categoricalColor(i), marker: markerOf(i + 1), dash: "dashed" }),
    ),
    ...(hasIntervals ? [line("interval", "95 % interval", intervalStyle)] : []),
  ];
  return lineFigure(title, rows, series, caption);
}

/** @param intervals the place of the intervals' series, or null if there are none */
function measurementRow({ edges, changes, amplification }: DrawnMeasurement, intervals: number | null): PanelRow {
  const middles = changes.map((_, k) => 1 - ((edges[k] ?? 0) + (edges[k + 1] ?? 0)) / 2);
  const values = changes.map(({ value }) => value);
  // One series for all bars, broken between windows.
  const bars: Line[] =
    intervals === null
      ? []
      : [
          [
            intervals,
            middles.flatMap((at) => [at, at, at]),
            changes.flatMap(({ interval }) => (interval === null ? [null, null, null] : [...interval, null])),
          ],
        ];
  const moved: Line[] = [[0, middles, values], ...bars];
  const left: Line[] = amplification === null ? [] : [[0, middles, amplification]];
  const change = valueAxis("change", "F of the window", null, linesOf(moved));
  const amplified = valueAxis("amplification", "amplification", null, linesOf(left));
  return {
    key: "measured",
    title: "Change of the final latents without a window, and the amplification of its error",
    panels: [
      linePanel("change", clearedAxis, change, moved),
      ...(left.length === 0 ? [] : [linePanel("amplification", clearedAxis, amplified, left)]),
    ],
  };
}
