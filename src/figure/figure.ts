/*
 * A figure, independent of what draws it: rows of panels, panels of traces, one style and one label per series. Adapters
 * draw it as SVG, PNG, PDF or with plotly.js, and decide about page layout and page colours.
 */

export type Marker = "circle" | "square" | "triangle-up" | "diamond" | "triangle-down" | "cross";
export type Dash = "solid" | "dashed" | "dotted" | "dashdot";

export interface Style {
  /** #rrggbb */
  readonly color: string;
  readonly marker: Marker;
  readonly dash: Dash;
}

/** One line in every panel: a cell, or the median of the cells of a group. */
export interface Series {
  /** The id of the cell, or of the group's first cell. */
  readonly id: string;
  /** Its name in the legend. */
  readonly label: string;
  readonly style: Style;
  /** Indices of its cells among those that are drawn; several if it is a median. */
  readonly cells: readonly number[];
}

export type ScaleType = "linear" | "log";

export interface AxisOfPanel {
  /** A name for programs: the exported column, if it is one. */
  readonly quantity: string;
  readonly label: string;
  /** null if dimensionless. */
  readonly unit: string | null;
  readonly scale: ScaleType;
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
  /** The 10 % and 90 % quantiles at each point, if y is a median. */
  readonly band: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] } | null;
  /** The index of the first point with a value that is not finite; null if there is none. */
  readonly nonFinite: number | null;
}

/** One cell in a panel: x, y, and which points to draw; the line skips the others. */
export type PanelCurve = readonly [
  x: readonly number[],
  y: readonly (number | null)[],
  shown?: readonly boolean[] | undefined,
];

export interface Panel {
  readonly key: string;
  /** What distinguishes it from the other panels of its row, such as a facet's value; empty if its axes do. */
  readonly title: string;
  /** Alternative text. */
  readonly description: string;
  readonly x: AxisOfPanel;
  readonly y: AxisOfPanel;
  /** Whether points are marked, or only joined. */
  readonly points: boolean;
  readonly traces: readonly Trace[];
  /** Lines behind the others, in grey: what a facet is to be compared with. */
  readonly context: readonly Trace[];
  /** Every drawn cell's own curve, in the order of the drawn cells. */
  readonly curves: readonly PanelCurve[];
}

export interface PanelRow {
  readonly key: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** One value of a swept factor, in a legend that lists factors instead of series. */
export interface LegendKey {
  readonly label: string;
  readonly style: Partial<Style>;
  /** The series that have it. */
  readonly series: readonly number[];
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

/** A value of an axis with too many values for colours: a panel of its own in a static figure. */
export interface Facet {
  readonly title: string;
  readonly series: readonly number[];
}

export interface Figure {
  readonly title: string;
  /** What all cells have in common, or how they are summarised; a line each. */
  readonly subtitle: readonly string[];
  readonly rows: readonly PanelRow[];
  /** A panel that belongs to no row: the schedules. */
  readonly aside: Panel | null;
  readonly series: readonly Series[];
  readonly legend: Legend;
  /** Empty unless the series are too many for one panel. */
  readonly facets: readonly Facet[];
  /** Sentences below the panels. */
  readonly notes: readonly string[];
  /** dtype, solver state, device, versions, date. */
  readonly caption: string;
}

/** Every panel of a figure, the rows' first. */
export function panelsOf({ rows, aside }: Pick<Figure, "rows" | "aside">): Panel[] {
  return [...rows.flatMap(({ panels }) => panels), ...(aside === null ? [] : [aside])];
}
