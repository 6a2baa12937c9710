import { type Dependence, dependence, type MetricDependence, type ScheduleCurve } from "../analysis/dependence.ts";
import type { Estimate } from "../analysis/statistics.ts";
import { ProbeError } from "../errors.ts";
import { caption } from "../figure/caption.ts";
import type { Figure, PanelRow, Series } from "../figure/figure.ts";
import {
  elapsedAxis,
  fractionAxis,
  type Line,
  line,
  lineFigure,
  linePanel,
  linesOf,
  valueAxis,
} from "../figure/panel.ts";
import { categoricalColor, categoricalColors, dashOf, markerOf, rampPlace, sequentialColor } from "../figure/style.ts";
import type { SweepRecord } from "../record/record.ts";
import type { Answer, AnswerTable } from "./answerPage.ts";

const percent = ({ value, interval }: Estimate): string => {
  const text = (share: number) => (100 * share).toFixed(1);
  return interval === null ? text(value) : `${text(value)} [${text(interval[0])}, ${text(interval[1])}]`;
};

const number = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits);

function explained(metrics: readonly MetricDependence[]): AnswerTable {
  return {
    title: "R² of ln L1",
    columns: ["metric", "steps", "Δσ alone", "one density", "left out", "first ×", "middle ×", "last ×"],
    rows: metrics.map(({ metric, points, r2, ratio }) => [
      metric,
      String(points),
      number(r2.deltaSigma),
      number(r2.density),
      number(r2.leftOut),
      number(ratio?.first, 2),
      number(ratio?.middle, 2),
      number(ratio?.last, 2),
    ]),
    note: "“one density” was fitted to all curves, “left out” to all but the schedule that it predicts; × is measured over predicted L1 of the first measured step, of those between and of the last.",
  };
}

function shares({ metric, shares: { names, before, after } }: MetricDependence): AnswerTable {
  return {
    title: `${metric}: share of the variance in % [95 % interval]`,
    columns: ["axis", "of ln L1", "of ln(L1/Δσ)"],
    rows: [
      ["σ", percent(before.sigma), percent(after.sigma)],
      ...names.map((name, i) => {
        const [was, is] = [before.axes[i], after.axes[i]];
        return [name, was === undefined ? "–" : percent(was), is === undefined ? "–" : percent(is)];
      }),
    ],
    note: "Over cells and sigmas: between the means of σ, and between the means of an axis's levels at each σ. Shares of axes that vary together overlap.",
  };
}

function failures({ metric, curves }: MetricDependence): AnswerTable {
  return {
    title: `${metric}: each schedule, predicted from the others`,
    columns: ["schedule", "steps", "cells", "R²", "first ×", "middle ×", "last ×"],
    rows: [...curves]
      .sort((a, b) => (a.r2 ?? 0) - (b.r2 ?? 0))
      .slice(0, 60)
      .map(({ schedule, steps, setting, cells, r2, ratio }) => [
        [schedule, setting].filter((part) => part !== "").join(", "),
        String(steps),
        String(cells.length),
        number(r2),
        number(ratio?.first, 2),
        number(ratio?.middle, 2),
        number(ratio?.last, 2),
      ]),
    note: curves.length > 60 ? `The 60 worst of ${curves.length}.` : "Worst first.",
  };
}

function dataOf({ name, cells, metrics, verdict }: Dependence): unknown {
  return {
    name,
    cells,
    verdict,
    metrics: metrics.map(({ density, curves, ...rest }) => ({
      ...rest,
      density: Array.from({ length: 99 }, (_, k) => [(k + 1) / 100, density.at((k + 1) / 100)]),
      curves,
    })),
  };
}

/**
 * Whether one density explains a record's curves, as a page's content.
 *
 * @throws ProbeError kind input if too little has finished
 */
export function dependenceAnswer(record: SweepRecord, command: string): Answer {
  const found = dependence(record);
  if (found.metrics.length === 0)
    throw new ProbeError(
      "input",
      `${record.manifest.name} has ${found.cells} finished cells with too few measured steps; a density needs at least 8, so run a sweep over steps or schedules first.`,
    );
  return {
    title: `${found.name}: what do the curves depend on?`,
    verdict: found.verdict,
    figure: dependenceFigure(found, caption(record)),
    tables: [explained(found.metrics), ...found.metrics.flatMap((metric) => [shares(metric), failures(metric)])],
    method: [
      "The relative L1 of a step is compared with the integral of one density ρ(σ) over the sigmas between the two tensors. Curves of one schedule are averaged over prompts and seeds in the logarithm.",
      "Intervals are bootstrap intervals over pairs of prompt and seed, or over cells if there are fewer than four pairs.",
    ],
    command,
    data: dataOf(found),
  };
}

/** More curves than this are coloured along a ramp and not named. */
const mostNamed = 14;

/**
 * The collapse: the L1 of every step by its place in the run, and the same divided by Δσ by its sigma, with the density
 * that was fitted to all. If one density explains them, the curves of the right panel lie on its black line.
 *
 * @param caption what ran
 */
function dependenceFigure({ name, metrics }: Dependence, caption: string): Figure {
  const [{ curves } = { curves: [] as readonly ScheduleCurve[] }] = metrics;
  const density = line("density", "ρ(σ), fitted to all", { color: "#000000", marker: "circle", dash: "solid" });
  const series = [...curves.map((curve, i) => seriesOf(curve, i, curves.length)), density];
  const figure = lineFigure(
    `${name}: does L1 collapse on one density of σ?`,
    metrics.map(collapseRow),
    series,
    caption,
  );
  if (curves.length <= mostNamed) return figure;
  const key = { label: density.label, style: density.style, series: [curves.length] };
  return { ...figure, legend: { kind: "factors", bar: null, groups: [{ label: "", keys: [key] }] } };
}

function seriesOf({ schedule, steps, setting }: ScheduleCurve, i: number, count: number): Series {
  const named = count <= mostNamed;
  // Black is the density's.
  const color = named ? categoricalColor(i % (categoricalColors - 1)) : sequentialColor(rampPlace(i, count));
  const label = [`${schedule}, ${steps} steps`, setting].filter((part) => part !== "").join(", ");
  return line(`${i}`, label, { color, marker: markerOf(i), dash: named ? dashOf(i) : "solid" });
}

function collapseRow({ metric, curves, density, r2 }: MetricDependence): PanelRow {
  const along = Array.from({ length: 200 }, (_, k) => 5 + (990 * k) / 199);
  const before = curves.map(
    ({ points, steps }, i): Line => [i, points.map((_, k) => (k + 1) / steps), points.map(({ l1 }) => l1)],
  );
  const after: Line[] = [
    ...curves.map(
      ({ points }, i): Line => [
        i,
        points.map(({ low, high }) => 1000 * (1 - (low + high) / 2)),
        points.map(({ l1, low, high }) => l1 / (high - low)),
      ],
    ),
    [curves.length, along, along.map((elapsed) => density.at(1 - elapsed / 1000))],
  ];
  const collapse = linePanel(
    `${metric}-collapse`,
    elapsedAxis,
    valueAxis(`${metric}_change_per_sigma`, `${metric} L1 / Δσ`, null, linesOf(after)),
    after,
  );
  return {
    key: `${metric}-collapse`,
    title: `${metric}: ${(100 * (r2.leftOut ?? r2.density)).toFixed(1)} % of the variance of ln L1 explained by one density`,
    panels: [
      linePanel(
        `${metric}-l1`,
        fractionAxis,
        valueAxis(`${metric}_rel_l1`, `${metric} relative L1`, null, linesOf(before)),
        before,
      ),
      collapse,
    ],
  };
}
