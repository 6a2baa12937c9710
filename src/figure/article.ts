import { type Curve, curve } from "../analysis/curve.ts";
import { distinctMetrics, type Metric } from "../analysis/metric.ts";
import type { SweepRecord } from "../record/record.ts";
import { caption } from "./caption.ts";
import type { Figure, Panel, PanelRow } from "./figure.ts";
import { elapsedAxis, finite, fractionAxis, panel, valueAxis } from "./panel.ts";
import { type DrawnCells, drawnCells } from "./series.ts";

/**
 * The article's figure: for each metric, L1 against step/steps, L1 against 1000 − timestep, and 1000 − timestep against
 * step/steps. Without true CFG the cfg row would repeat cond, so a sentence stands in its place.
 */
export function articleFigure(record: SweepRecord): Figure {
  const drawn = drawnCells(record);
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  return {
    title: record.manifest.name,
    rows: metrics.map((metric) => metricRow(drawn, metric)),
    series: drawn.series,
    legend: drawn.legend,
    notes: [
      ...(drawn.cells.length === 0 ? ["No cell has finished: there is nothing to draw yet."] : []),
      ...(metrics.includes("cfg") ? [] : ["No cell runs true CFG, so cfg equals cond and is not drawn again."]),
    ],
    caption: caption(record),
  };
}

/** What each metric compares, for titles. */
export const metricTitles: Record<Metric, string> = {
  cond: "cond: conditional prediction against the one before",
  cfg: "cfg: prediction after guidance against the one before",
  latent: "latent: after the step against before it",
};

function metricRow(drawn: DrawnCells, metric: Metric): PanelRow {
  const curves = drawn.cells.map((cell) => curve(cell, metric));
  const value = valueAxis(
    `${metric} relative L1`,
    null,
    curves.map(({ values }) => values),
  );
  return {
    key: metric,
    title: metricTitles[metric],
    panels: [
      panel(
        `${metric}-step`,
        fractionAxis,
        value,
        curves.map(({ fraction, values }) => [fraction, values]),
      ),
      panel(
        `${metric}-timestep`,
        elapsedAxis,
        value,
        curves.map(({ elapsed, values }) => [elapsed, values]),
      ),
      schedulePanel(metric, curves),
    ],
  };
}

function schedulePanel(metric: Metric, curves: readonly Curve[]): Panel {
  const drawn = panel(
    `${metric}-schedule`,
    fractionAxis,
    elapsedAxis,
    curves.map(({ fraction, elapsed }) => [fraction, finite(elapsed)]),
  );
  return { ...drawn, points: false };
}
