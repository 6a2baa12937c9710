import { type Curve, curve, distinctMetrics, type Metric, positions } from "../analysis/curve.ts";
import { columnOf } from "../analysis/row.ts";
import { expertsText } from "../analysis/summary.ts";
import { ProbeError } from "../errors.ts";
import type { Cell } from "../experiment/cell.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { parseSchedule } from "../schedule/index.ts";
import { captionBelow, subtitle } from "./caption.ts";
import type { Figure, Panel, PanelCurve, PanelRow, Series, Trace } from "./figure.ts";
import {
  differenceAxis,
  drawable,
  elapsedAxis,
  fractionAxis,
  panel,
  tracesAlong,
  tracesOf,
  valueAxis,
} from "./panel.ts";
import { automatic, type DrawnCells, type DrawOptions, drawnCells } from "./series.ts";

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

/** More curves than this are not compared: a note could not name them. */
const mostCompared = 40;
/** Curves that differ by less than this share of the larger value look like one. */
const tolerances = [1e-6, 1e-5, 1e-4, 1e-3] as const;

/** Sentences that name curves which lie on each other: `euler, dpm++2m and unipc agree within 1e-3 in cond.` */
function coincidenceNotes(rows: readonly PanelRow[], series: readonly Series[]): string[] {
  if (series.length < 2 || series.length > mostCompared) return [];
  const byText = new Map<string, string[]>();
  for (const { key, panels } of rows) {
    const [first] = panels;
    for (const group of coincident(first?.traces ?? [])) {
      const names = listed(group.members.map((trace) => series[trace.series]?.label ?? ""));
      const text = `${names} agree within ${group.within.toExponential()}`;
      byText.set(text, [...(byText.get(text) ?? []), key]);
    }
  }
  return [...byText].map(([text, keys]) => `${text} in ${listed(keys)}.`);
}

interface Coincidence {
  readonly members: readonly Trace[];
  /** The largest relative difference within the group is at most this. */
  readonly within: number;
}

/** Groups of traces each of which agrees with the group's first. */
function coincident(traces: readonly Trace[]): Coincidence[] {
  const left = traces.filter(({ y }) => y.some((value) => value !== null));
  const found: Coincidence[] = [];
  while (left.length > 1) {
    const first = left.shift();
    if (first === undefined) break;
    const members = [first];
    let farthest = 0;
    for (let i = 0; i < left.length; ) {
      const other = left[i];
      const distance = other === undefined ? Number.POSITIVE_INFINITY : largestDifference(first, other);
      if (other !== undefined && distance <= (tolerances.at(-1) ?? 0)) {
        members.push(other);
        farthest = Math.max(farthest, distance);
        left.splice(i, 1);
      } else i += 1;
    }
    const within = tolerances.find((tolerance) => farthest <= tolerance);
    if (members.length > 1 && within !== undefined) found.push({ members, within });
  }
  return found;
}

/** The largest difference of two curves at the same steps, relative to the larger value there; infinite if steps differ. */
function largestDifference(a: Trace, b: Trace): number {
  if (a.x.length !== b.x.length || a.x.some((x, i) => x !== b.x[i])) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [i, value] of a.y.entries()) {
    const other = b.y[i] ?? null;
    if ((value === null) !== (other === null)) return Number.POSITIVE_INFINITY;
    if (value === null || other === null || value === other) continue;
    most = Math.max(most, Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other)));
  }
  return most;
}

function listed(words: readonly string[]): string {
  return words.length <= 1 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** What each cell's curves are compared with. */
interface Reference {
  /** `shift:7`, or a cell's label. */
  readonly name: string;
  /** The reference of each drawn cell, in order; undefined if it has none. */
  readonly of: readonly (CellRecord | undefined)[];
}

/**
 * Finds what cells are compared with: one cell for all, or for each cell the one with that schedule that agrees with it in
 * everything else.
 *
 * @param words a cell's id or its beginning, or a schedule's short form
 * @param label how a cell is named
 * @throws ProbeError kind input if no finished cell is meant, or several are
 */
function referenceOf(cells: readonly CellRecord[], words: string, label: (cell: CellRecord) => string): Reference {
  const meant = cells.filter(({ cellId }) => cellId.startsWith(words));
  const [only] = meant;
  if (meant.length > 1)
    throw new ProbeError(
      "input",
      `${meant.length} cells' ids begin with ${JSON.stringify(words)}; write more of one.`,
      {
        path: "--against",
      },
    );
  if (only !== undefined) return { name: label(only), of: cells.map(() => only) };
  const schedule = canonical(words);
  const references = new Map(
    cells.filter(({ cell }) => cell.schedule === schedule).map((cell) => [beside(cell.cell), cell]),
  );
  if (references.size === 0) {
    const specs = [...new Set(cells.map(({ cell }) => cell.schedule))];
    throw new ProbeError(
      "input",
      `--against is ${JSON.stringify(words)}, but no finished cell has that id or that schedule; the schedules are ${specs.slice(0, 8).join(", ")}${specs.length > 8 ? ", …" : ""}.`,
      { path: "--against" },
    );
  }
  return { name: schedule, of: cells.map(({ cell }) => references.get(beside(cell))) };
}

/** The canonical short form, as cells have it; other words are returned unchanged. */
function canonical(words: string): string {
  try {
    return parseSchedule(words).spec;
  } catch {
    return words;
  }
}

/** Everything of a cell but its schedule. */
function beside(cell: Cell): string {
  const apart = ["schedule", "shift", "sigmas"];
  return JSON.stringify(Object.entries(cell).filter(([key]) => !apart.includes(key)));
}

/** The positions of a curve on one x axis, ascending. */
type Along = (curve: Curve) => readonly number[];

/**
 * A curve minus its reference at the same x, which is interpolated linearly between the reference's steps; null where
 * either has no value, and outside the reference's range.
 */
export function difference(curve: Curve, reference: Curve, along: Along): (number | null)[] {
  const points = along(reference).flatMap((x, i) => {
    const y = reference.values[i] ?? null;
    return y === null || reference.sigmaChanged[i] === false ? [] : [{ x, y }];
  });
  return along(curve).map((x, i) => {
    const value = curve.values[i] ?? null;
    const right = points.findIndex((point) => point.x >= x);
    const [before, after] = [points[right - 1], points[right]];
    if (value === null || after === undefined) return null;
    if (after.x === x) return value - after.y;
    if (before === undefined) return null;
    return value - (before.y + ((x - before.x) / (after.x - before.x)) * (after.y - before.y));
  });
}
