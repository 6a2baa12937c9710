import { type Column, columns } from "../../analysis/row.ts";
import { type Figure, type Panel, type PanelCurve, panelsOf, type ScaleType, type Style } from "../../figure/figure.ts";
import { axisTitle, drawnRows, elapsedAxis } from "../../figure/panel.ts";
import { isMarked, type PlotlyAxis, type PlotlyStyle, plotlyAxis, plotlyStyle } from "../../figure/plotly.ts";
import { type PackedColumn, Packing, plainRows } from "../data.ts";
import { escapeHtml } from "./html.ts";

/** The points of one cell: `count` consecutive rows of its cell from `first` on, or a list of rows if some are missing. */
export type PointRows = readonly [first: number, count: number] | readonly [rows: readonly number[]];

/** One panel: the columns and rows that it draws. */
export interface PagePlot {
  readonly key: string;
  /** Names of columns in the data's table or in `columns`. */
  readonly x: string;
  readonly y: string;
  /** For every drawn cell, in order. */
  readonly points: readonly PointRows[];
  readonly marked: boolean;
  readonly layout: { readonly xaxis: PlotlyAxis; readonly yaxis: PlotlyAxis };
  /** Titles of its y axis, by scale. */
  readonly titles: Readonly<Record<ScaleType, string>>;
  /** Whether the reader can choose the scale of its y axis. */
  readonly measured: boolean;
}

/** A line of a plot: a cell, or the median of several. */
export interface PageSeries {
  readonly label: string;
  /** Index into the page's styles. */
  readonly style: number;
  /** Indices of drawn cells. */
  readonly cells: readonly number[];
}

/** Everything that the page needs to draw plots from the data's table. */
export interface PagePlots {
  /** How lines of a style are drawn, without and with marked points. */
  readonly styles: readonly { readonly lines: PlotlyStyle; readonly marked: PlotlyStyle; readonly color: string }[];
  /** The style index of each drawn cell. */
  readonly cell_style: readonly number[];
  /** The lines, as in the static figure. */
  readonly series: readonly PageSeries[];
  /** Drawn columns that are not exported, packed like the data's table, one value per row. */
  readonly columns: Readonly<Record<string, PackedColumn>>;
  readonly plots: readonly PagePlot[];
}

/** The rows of a figure as placeholders for plots, with alternative text. */
export function plotRows({ rows, aside }: Figure): string {
  const all = rows.map(({ title, panels }, i) => ({
    title,
    panels: i === 0 && aside !== null ? [...panels, aside] : panels,
  }));
  return all
    .map(({ title, panels }) => {
      const places = panels.map(
        ({ key, description }) =>
          `<figure><div class="plot" id="plot-${key}" role="img" aria-label="${escapeHtml(description)}"></div></figure>`,
      );
      return `<section class="row"><h3>${escapeHtml(title)}</h3><div class="panels" style="--n:${panels.length}">${places.join("")}</div></section>`;
    })
    .join("");
}

/**
 * The panels of figures that draw the same cells.
 *
 * @param rowsOf the number of rows of each drawn cell in the data's table, in order
 */
export function pagePlots(figures: readonly Figure[], rowsOf: readonly number[]): PagePlots {
  const series = figures[0]?.series ?? [];
  const panels = figures.flatMap(panelsOf);
  const keys = series.map(({ style }) => JSON.stringify(style));
  const styles = [...new Set(keys)];
  const thin = series.length > 24;
  const cellStyle = rowsOf.map(() => 0);
  for (const [i, { cells }] of series.entries())
    for (const cell of cells) cellStyle[cell] = styles.indexOf(keys[i] ?? "");
  return {
    styles: styles.map((key) => {
      const style: Style = JSON.parse(key);
      return { lines: plotlyStyle(style, !thin, false), marked: plotlyStyle(style, !thin, true), color: style.color };
    }),
    cell_style: cellStyle,
    series: series.map(({ label, cells }, i) => ({ label, style: styles.indexOf(keys[i] ?? ""), cells })),
    columns: drawnColumns(panels, rowsOf),
    plots: panels.map((panel) => ({
      key: panel.key,
      x: panel.x.quantity,
      y: panel.y.quantity,
      points: panel.curves.map(pointRows),
      marked: isMarked(panel),
      layout: { xaxis: plotlyAxis(panel.x), yaxis: plotlyAxis(panel.y) },
      titles: { linear: axisTitle(panel.y, "linear"), log: axisTitle(panel.y, "log") },
      measured: panel.y !== elapsedAxis,
    })),
  };
}

function pointRows([, ys, shown]: PanelCurve): PointRows {
  const first = ys.findIndex((value) => value !== null);
  if (first !== -1 && (shown === undefined || shown.every((is, row) => is || row < first)))
    return [first, ys.length - first];
  return [drawnRows([[], ys, shown])];
}

/** Columns that panels draw and the export lacks; rounded to screen precision if there are many rows. */
function drawnColumns(panels: readonly Panel[], rowsOf: readonly number[]): Record<string, PackedColumn> {
  const starts: number[] = [];
  let total = 0;
  for (const rows of rowsOf) {
    starts.push(total);
    total += rows;
  }
  const values = new Map<string, Float32Array | Float64Array>();
  const empty = () => (total > plainRows ? new Float32Array(total) : new Float64Array(total)).fill(Number.NaN);
  const fill = (quantity: string, curves: readonly PanelCurve[], side: 0 | 1) => {
    // Which rows a panel leaves out, its points say.
    if (columns.includes(quantity as Column) || values.has(quantity)) return;
    const column = empty();
    values.set(quantity, column);
    for (const [cell, curve] of curves.entries()) {
      const [start, all] = [starts[cell] ?? 0, curve[side]];
      for (let row = 0; row < all.length; row += 1) column[start + row] = all[row] ?? Number.NaN;
    }
  };
  for (const { x, y, curves } of panels) {
    fill(x.quantity, curves, 0);
    fill(y.quantity, curves, 1);
  }
  return Object.fromEntries(
    [...values].map(([quantity, column]) => {
      const packing = new Packing(total);
      for (const value of column) packing.add(Number.isNaN(value) ? null : value);
      return [quantity, packing.packed()];
    }),
  );
}
