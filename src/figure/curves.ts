import { curve, distinctMetrics, type Metric, positions } from "../analysis/curve.ts";
import { columnOf } from "../analysis/row.ts";
import { expertsText } from "../analysis/summary.ts";
import type { SweepRecord } from "../record/record.ts";
import { difference, type Reference, referenceOf } from "./against.ts";
import { differenceAxis, elapsedAxis, fractionAxis, valueAxis } from "./axis.ts";
import { captionBelow } from "./caption.ts";
import { coincidenceNotes } from "./coincident.ts";
import type { Figure, Panel, PanelCurve, PanelRow, Trace } from "./figure.ts";
import { drawable, panel, tracesAlong, tracesOf } from "./panel.ts";
import { automatic, type DrawnCells, type DrawOptions, drawnCells } from "./series.ts";
import { subtitle } from "./subtitle.ts";

/**
 * The main figure, after the layout of the article behind l1probe (docs/article.md): for each metric, L1 against
 * step/steps and against 1000 − timestep; beside them, once, the schedules: 1000 − timestep against step/steps. Without
 * true CFG, cfg equals cond, so a note replaces its row.
 */
export function curvesFigure(record: SweepRecord, options: DrawOptions = automatic): Figure {
  const drawn = drawnCells(record, options);
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  const label = new Map(drawn.series.flatMap((series) => series.cells.map((i) => [drawn.cells[i], series.label])));
  const reference =
    options.against === null
      ? null
      : referenceOf(drawn.cells, options.against, (cell) => label.get(cell) ?? cell.cellId);
  const rows = metrics.map((metric) => metricRow(drawn, metric, reference));
  return {
    title: record.manifest.name,
    subtitle: [...subtitle(record), ...(drawn.groupText === null ? [] : [drawn.groupText])],
    rows,
    aside: schedulePanel(drawn),
    series: drawn.series,
    legend: drawn.legend,
    facets: drawn.facets,
    notes: [
      ...(drawn.cells.length === 0 ? ["No cell has finished: there is nothing to draw yet."] : []),
      ...(reference === null ? coincidenceNotes(rows, drawn.series) : referenceNotes(reference)),
      ...nonFiniteNotes(rows),
      ...(drawn.cells.some(({ steps }) => steps.some(({ evaluation }) => evaluation > 0)) ? [correctionsNote] : []),
      ...expertNotes(drawn),
      ...(metrics.includes("cfg") ? [] : ["No cell runs true CFG, so cfg equals cond and is not drawn again."]),
    ],
    caption: captionBelow(record),
  };
}

const correctionsNote = "Corrector evaluations are listed in the table but not drawn.";

/** What the differences are taken from, and how many cells have nothing to be compared with. */
function referenceNotes({ name, of }: Reference): string[] {
  const without = of.filter((cell) => cell === undefined).length;
  return [
    `Differences from ${name} at the same x, interpolated linearly between its steps.`,
    ...(without === 0 ? [] : [`${without} of ${of.length} cells have no counterpart with ${name} and are not drawn.`]),
  ];
}

/** What the mark at a panel's upper edge means; nothing if every value is finite. */
function nonFiniteNotes(rows: readonly PanelRow[]): string[] {
  const traces = rows.flatMap(({ panels }) => panels.flatMap((of) => of.traces));
  return traces.some(({ nonFinite }) => nonFinite !== null)
    ? ["× at the upper edge: the first step with a value that is NaN or infinite."]
    : [];
}

/** The most cells that a note names; the table lists all. */
const mostNamed = 3;

/** Notes on the step at which the expert changes, since a curve may jump there. */
function expertNotes({ cells, series }: DrawnCells): string[] {
  const labelOf = new Map(series.flatMap(({ cells: members, label }) => members.map((i) => [i, label])));
  const switching = cells.flatMap((cell, i) => {
    const text = expertsText(cell);
    return text === null ? [] : [{ text, label: labelOf.get(i) ?? cell.cellId }];
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

function metricRow({ cells, series }: DrawnCells, metric: Metric, reference: Reference | null): PanelRow {
  const along = (of: "fraction" | "reversedTimestep") =>
    cells.map((cell, i): PanelCurve => {
      const own = curve(cell, metric);
      if (reference === null) return [own[of], own.values, own.sigmaChanged];
      const other = reference.of[i];
      if (other === undefined) return [own[of], own.values.map(() => null), own.sigmaChanged];
      return [own[of], difference(own, curve(other, metric), (each) => each[of]), own.sigmaChanged];
    });
  const [byStep, bySigma] = [along("fraction"), along("reversedTimestep")];
  const traces = tracesOf(byStep, series);
  if (reference === null) {
    const value = valueAxis(columnOf[metric], `${metric} relative L1`, null, traces);
    return {
      key: metric,
      title: metricTitles[metric],
      panels: [
        panel(`${metric}-step`, fractionAxis, value, byStep, traces),
        panel(`${metric}-timestep`, elapsedAxis, value, bySigma, tracesAlong(traces, bySigma, series)),
      ],
    };
  }
  const tracesBySigma = tracesOf(bySigma, series);
  const value = (at: string, drawn: readonly Trace[]) =>
    differenceAxis(`${columnOf[metric]}_difference_by_${at}`, `${metric} L1 − reference`, drawn);
  return {
    key: metric,
    title: `${metricTitles[metric]}, minus ${reference.name}`,
    panels: [
      panel(`${metric}-step`, fractionAxis, value("step", traces), byStep, traces),
      panel(`${metric}-timestep`, elapsedAxis, value("timestep", tracesBySigma), bySigma, tracesBySigma),
    ],
  };
}

function schedulePanel({ cells, series }: DrawnCells): Panel {
  const curves = cells.map((cell): PanelCurve => {
    const { fraction, reversedTimestep } = positions(cell);
    return [fraction, reversedTimestep.map(drawable), cell.steps.map(({ evaluation }) => evaluation === 0)];
  });
  // Cells of one group share their schedule.
  const own = series.map((one) => ({ cells: one.cells.slice(0, 1) }));
  return {
    ...panel("schedule", fractionAxis, elapsedAxis, curves, tracesOf(curves, own)),
    title: "schedule",
    points: false,
  };
}
