import type { AxisOfPanel, Figure, Panel, PanelCurve, PanelRow, Series, Style, Trace } from "./figure.ts";
import { panel, tracesOf } from "./panel.ts";

/*
 * Figures of lines that are no cells: measured values, densities, differences. A panel need not have all series.
 */

/** A line of a panel, by the place of its series. */
export type Line = readonly [series: number, ...PanelCurve];

export function linesOf(lines: readonly Line[]): Trace[] {
  const curves = lines.map(([, x, y, shown]): PanelCurve => [x, y, shown]);
  const own = curves.map((_, i) => ({ cells: [i] }));
  return tracesOf(curves, own).map((trace, i) => ({ ...trace, series: lines[i]?.[0] ?? 0 }));
}

export function linePanel(key: string, x: AxisOfPanel, y: AxisOfPanel, lines: readonly Line[]): Panel {
  const curves = lines.map(([, xs, ys, shown]): PanelCurve => [xs, ys, shown]);
  return panel(key, x, y, curves, linesOf(lines));
}

export function line(id: string, label: string, style: Style): Series {
  return { id, label, style, cells: [] };
}

/** A figure whose legend lists its series. */
export function lineFigure(
  title: string,
  rows: readonly PanelRow[],
  series: readonly Series[],
  caption: string,
): Figure {
  return { title, subtitle: [], rows, aside: null, series, legend: { kind: "series" }, facets: [], notes: [], caption };
}

/** 1 − σ: 0 is noise, 1 is clean. */
export const clearedAxis: AxisOfPanel = {
  quantity: "cleared",
  label: "1 − σ",
  unit: null,
  scale: "linear",
  domain: [0, 1],
};
