/*
 * A figure, independent of what draws it: rows of panels, panels of traces, one style and one label per series. Adapters
 * convert it for plotly, Vega or nodeplotlib, and decide about page layout and page colours.
 */

export type Marker = "circle" | "square" | "triangle-up" | "diamond" | "triangle-down" | "cross";
export type Dash = "solid" | "dashed" | "dotted" | "dashdot";

export interface Style {
  /** #rrggbb */
  readonly color: string;
  readonly marker: Marker;
  readonly dash: Dash;
}

/** One cell in every panel. */
export interface Series {
  /** The cell's id. */
  readonly id: string;
  /** Its name in the legend. */
  readonly label: string;
  readonly style: Style;
}

export interface AxisOfPanel {
  /** A name for programs: the exported column, if it is one. */
  readonly quantity: string;
  readonly label: string;
  /** null if dimensionless. */
  readonly unit: string | null;
  readonly scale: "linear" | "log";
  /** Lowest and highest shown; log scales need them above 0. */
  readonly domain: readonly [number, number];
}

/** The points of one series in one panel, in the order in which the steps ran. */
export interface Trace {
  /** Index into the figure's series. */
  readonly series: number;
  readonly x: readonly number[];
  /** null breaks the line: the step has no value. */
  readonly y: readonly (number | null)[];
  /** The index of each point's evaluation within its cell, ascending. */
  readonly rows: readonly number[];
}

export interface Panel {
  readonly key: string;
  /** Alternative text. */
  readonly description: string;
  readonly x: AxisOfPanel;
  readonly y: AxisOfPanel;
  /** Whether points are marked, or only joined. */
  readonly points: boolean;
  readonly traces: readonly Trace[];
}

export interface PanelRow {
  readonly key: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** One value of a swept factor, in a legend that lists factors instead of cells. */
export interface LegendKey {
  readonly label: string;
  readonly style: Partial<Style>;
}

/** An ordered factor with too many levels to name: colours along a line. */
export interface ColorBar {
  readonly label: string;
  readonly stops: readonly string[];
  /** Position in [0, 1] and text of its ticks. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

export type Legend =
  /** Lists every series by its label. */
  | { readonly kind: "series" }
  /** For many series: explains colour, marker and dash. */
  | {
      readonly kind: "factors";
      readonly bar: ColorBar | null;
      readonly groups: readonly { readonly label: string; readonly keys: readonly LegendKey[] }[];
    };

export interface Figure {
  readonly title: string;
  readonly rows: readonly PanelRow[];
  readonly series: readonly Series[];
  readonly legend: Legend;
  /** Sentences below the title. */
  readonly notes: readonly string[];
  /** Model, weights, dtype, solver state, versions. */
  readonly caption: string;
}
