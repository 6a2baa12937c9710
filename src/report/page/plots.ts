import { type Column, columns } from "../../analysis/row.ts";
import { elapsedAxis } from "../../figure/axis.ts";
import { type Figure, type Panel, type PanelCurve, type PanelRow, panelsOf, type Style } from "../../figure/figure.ts";
import { drawnRows } from "../../figure/panel.ts";
import { isMarked, plotlyAxis, plotlyStyle } from "../../figure/plotly.ts";
import { type PackedColumn, Packing, plainRows } from "../packed.ts";
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
  readonly layout: Record<string, unknown>;
  /** Whether the reader can switch its y axis between linear and logarithmic. */
  readonly measured: boolean;
}

/** Everything that the page needs to draw plots from the data's table. */
export interface PagePlots {
  /** How lines of a style are drawn, without and with marked points. */
  readonly styles: readonly { readonly lines: object; readonly marked: object; readonly color: string }[];
  /** The style index of each drawn cell. */
  readonly style_of: readonly number[];
  /** Whether each cell is a separate line; otherwise all cells of one style are one line. */
  readonly named: boolean;
  /** Drawn columns that are not exported, packed like the data's table, one value per row. */
  readonly columns: Readonly<Record<string, PackedColumn>>;
  readonly plots: readonly PagePlot[];
}

/** The rows of a figure as placeholders for plots, with alternative text. */
export function plotRows(figure: Figure, after: (row: PanelRow) => string = () => ""): string {
  const { aside } = figure;
  const ownRow = aside === null ? [] : [{ key: aside.key, title: aside.title, panels: [aside] }];
  return [...figure.rows, ...ownRow]
    .map((row) => {
      const panels = row.panels.map(
        ({ key, description }) =>
          `<figure><div class="plot" id="plot-${key}" role="img" aria-label="${escapeHtml(description)}"></div></figure>`,
      );
      return `<section class="row"><h3>${escapeHtml(row.title)}</h3>${after(row)}<div class="panels">${panels.join("")}</div></section>`;
    })
    .join("");
}

/**
 * The panels of figures that draw the same cells.
 *
 * @param rowsOf the number of rows of each drawn cell in the data's table, in order
 */
export function pagePlots(figures: readonly Figure[], rowsOf: readonly number[]): PagePlots {
  const [{ series, legend } = { series: [], legend: { kind: "series" as const } }] = figures;
  const panels = figures.flatMap(panelsOf);
  const keys = rowsOf.map((_, cell) => JSON.stringify(series.find(({ cells }) => cells.includes(cell))?.style ?? null));
  const styles = [...new Set(keys.filter((key) => key !== "null"))];
  const named = legend.kind === "series" && series.every(({ cells }) => cells.length === 1);
  return {
    styles: styles.map((key) => {
      const style: Style = JSON.parse(key);
      return { lines: plotlyStyle(style, named, false), marked: plotlyStyle(style, named, true), color: style.color };
    }),
    style_of: keys.flatMap((key) => (key === "null" ? [] : [styles.indexOf(key)])),
    named,
    columns: drawnColumns(panels, rowsOf),
    plots: panels.map((panel) => ({
      key: panel.key,
      x: panel.x.quantity,
      y: panel.y.quantity,
      points: panel.curves.map(pointRows),
      marked: isMarked(panel),
      layout: { xaxis: plotlyAxis(panel.x), yaxis: { ...plotlyAxis(panel.y), rangemode: "tozero" } },
      measured: panel.y !== elapsedAxis,
    })),
  };
}

function pointRows(curve: PanelCurve): PointRows {
  const rows = drawnRows(curve);
  const [first = 0] = rows;
  return rows.every((row, i) => row === first + i) ? [first, rows.length] : [rows];
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
    if (columns.includes(quantity as Column)) return;
    const column = values.get(quantity) ?? empty();
    values.set(quantity, column);
    for (const [cell, curve] of curves.entries()) {
      const start = starts[cell] ?? 0;
      for (const row of drawnRows(curve)) column[start + row] = curve[side][row] ?? Number.NaN;
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
