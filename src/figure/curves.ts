import { curve, distinctMetrics, type Metric, positions } from "../analysis/curve.ts";
import { columnOf } from "../analysis/row.ts";
import { expertsText } from "../analysis/summary.ts";
import type { SweepRecord } from "../record/record.ts";
import { caption } from "./caption.ts";
import type { Figure, Panel, PanelRow } from "./figure.ts";
import { drawable, elapsedAxis, fractionAxis, type PanelCurve, panel, valueAxis } from "./panel.ts";
import { type DrawnCells, drawnCells } from "./series.ts";

/**
 * The main figure, with the layout of the article behind l1probe (docs/article.md): for each metric, L1 against
 * step/steps, L1 against 1000 − timestep, and 1000 − timestep against step/steps. Without true CFG, cfg equals cond, so a
 * note replaces its row.
 */
export function curvesFigure(record: SweepRecord): Figure {
  const drawn = drawnCells(record);
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  return {
    title: record.manifest.name,
    rows: metrics.map((metric) => metricRow(drawn, metric)),
    series: drawn.series,
    legend: drawn.legend,
    notes: [
      ...(drawn.cells.length === 0 ? ["No cell has finished: there is nothing to draw yet."] : []),
      ...(drawn.cells.some(({ steps }) => steps.some(({ evaluation }) => evaluation > 0)) ? [correctionsNote] : []),
      ...expertNotes(drawn),
      ...(metrics.includes("cfg") ? [] : ["No cell runs true CFG, so cfg equals cond and is not drawn again."]),
    ],
    caption: caption(record),
  };
}

const correctionsNote = "Corrector evaluations are listed in the table but not drawn.";

/** The most cells that a note names; the table lists all. */
const mostNamed = 3;

/** Notes on the step at which the expert changes, since a curve may jump there. */
function expertNotes({ cells, series }: DrawnCells): string[] {
  const switching = cells.flatMap((cell, i) => {
    const text = expertsText(cell);
    return text === null ? [] : [{ text, label: series[i]?.label ?? cell.cellId }];
  });
  const [first] = switching;
  if (first === undefined) return [];
  if (switching.every(({ text }) => text === first.text) && switching.length === cells.length)
    return [`Experts take turns: ${first.text}.`];
  const named = switching.slice(0, mostNamed).map(({ label, text }) => `${label}: ${text}`);
  const more = switching.length > mostNamed ? [`${switching.length - mostNamed} more in the table`] : [];
  return [`Experts take turns in ${[...named, ...more].join("; ")}.`];
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
    columnOf[metric],
    `${metric} relative L1`,
    null,
    curves.map(({ values, sigmaChanged }) => values.filter((_, i) => sigmaChanged[i])),
  );
  return {
    key: metric,
    title: metricTitles[metric],
    panels: [
      panel(
        `${metric}-step`,
        fractionAxis,
        value,
        curves.map(({ fraction, values, sigmaChanged }) => [fraction, values, sigmaChanged]),
      ),
      panel(
        `${metric}-timestep`,
        elapsedAxis,
        value,
        curves.map(({ reversedTimestep, values, sigmaChanged }) => [reversedTimestep, values, sigmaChanged]),
      ),
      schedulePanel(metric, drawn),
    ],
  };
}

function schedulePanel(metric: Metric, { cells }: DrawnCells): Panel {
  const curves = cells.map((cell): PanelCurve => {
    const { fraction, reversedTimestep } = positions(cell);
    return [fraction, reversedTimestep.map(drawable), cell.steps.map(({ evaluation }) => evaluation === 0)];
  });
  return { ...panel(`${metric}-schedule`, fractionAxis, elapsedAxis, curves), points: false };
}
