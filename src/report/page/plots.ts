import { type Column, columns } from "../../analysis/row.ts";
import type { Figure, Panel, PanelRow, Style, Trace } from "../../figure/figure.ts";
import { elapsedAxis } from "../../figure/panel.ts";
import { plotlyAxis, plotlyStyle } from "../../figure/plotly.ts";
import { type PackedColumn, Packing, plainRows } from "../packed.ts";
import { escapeHtml } from "./html.ts";

/** The points of one series: its cell's rows from the first on, so many, or the rows themselves where some lack. */
export type PointRows = readonly [first: number, count: number] | readonly [rows: readonly number[]];

/** One panel: which columns it draws, of which rows. */
export interface PagePlot {
  readonly key: string;
  /** Names of columns of the data's table, or of `columns` beside it. */
  readonly x: string;
  readonly y: string;
  /** Of every series, in order. */
  readonly points: readonly PointRows[];
  readonly marked: boolean;
  readonly layout: Record<string, unknown>;
  /** Whether its y axis follows the reader's choice of linear or logarithmic. */
  readonly measured: boolean;
}

/** All that the page needs to draw from the data's table. */
export interface PagePlots {
  /** How lines of a style are drawn, without and with marked points. */
  readonly styles: readonly { readonly lines: object; readonly marked: object; readonly color: string }[];
  /** Of each series, its style. */
  readonly style_of: readonly number[];
  /** Whether each series is a line of its own, or all of one style are one. */
  readonly named: boolean;
  /** What is drawn and not exported, packed as the data's table is: one value a row of it. */
  readonly columns: Readonly<Record<string, PackedColumn>>;
  readonly plots: readonly PagePlot[];
}

/** The rows of a figure as places for plots, each named for those who cannot see it. */
export function plotRows(figure: Figure, after: (row: PanelRow) => string = () => ""): string {
  return figure.rows
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
 * The panels of figures that draw the same series.
 *
 * @param rowsOf how many rows of the data's table each series has, those of the first coming first
 */
export function pagePlots(figures: readonly Figure[], rowsOf: readonly number[]): PagePlots {
  const [{ series, legend } = { series: [], legend: { kind: "series" as const } }] = figures;
  const panels = figures.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
  const keys = series.map(({ style }) => JSON.stringify(style));
  const styles = [...new Set(keys)];
  const named = legend.kind === "series";
  return {
    styles: styles.map((key) => {
      const style: Style = JSON.parse(key);
      return { lines: plotlyStyle(style, named, false), marked: plotlyStyle(style, named, true), color: style.color };
    }),
    style_of: keys.map((key) => styles.indexOf(key)),
    named,
    columns: drawnColumns(panels, rowsOf),
    plots: panels.map((panel) => ({
      key: panel.key,
      x: panel.x.quantity,
      y: panel.y.quantity,
      points: panel.traces.map(pointRows),
      marked: panel.points,
      layout: { xaxis: plotlyAxis(panel.x), yaxis: { ...plotlyAxis(panel.y), rangemode: "tozero" } },
      measured: panel.y !== elapsedAxis,
    })),
  };
}

function pointRows({ rows }: Trace): PointRows {
  const [first = 0] = rows;
  return rows.every((row, i) => row === first + i) ? [first, rows.length] : [rows];
}

/** What panels draw and no exported column holds; of many rows, to the precision of a screen. */
function drawnColumns(panels: readonly Panel[], rowsOf: readonly number[]): Record<string, PackedColumn> {
  const starts: number[] = [];
  let total = 0;
  for (const rows of rowsOf) {
    starts.push(total);
    total += rows;
  }
  const values = new Map<string, Float32Array | Float64Array>();
  const empty = () => (total > plainRows ? new Float32Array(total) : new Float64Array(total)).fill(Number.NaN);
  const fill = (quantity: string, traces: readonly Trace[], side: "x" | "y") => {
    if (columns.includes(quantity as Column)) return;
    const column = values.get(quantity) ?? empty();
    values.set(quantity, column);
    for (const { series, rows, [side]: drawn } of traces) {
      const start = starts[series] ?? 0;
      for (let i = 0; i < rows.length; i += 1) column[start + (rows[i] ?? 0)] = drawn[i] ?? Number.NaN;
    }
  };
  for (const { x, y, traces } of panels) {
    fill(x.quantity, traces, "x");
    fill(y.quantity, traces, "y");
  }
  return Object.fromEntries(
    [...values].map(([quantity, column]) => {
      const packing = new Packing(total);
      for (const value of column) packing.add(Number.isNaN(value) ? null : value);
      return [quantity, packing.packed()];
    }),
  );
}
