import type { AxisOfPanel, Figure, Panel, PanelRow, Style, Trace } from "./figure.ts";
import { axisTitle } from "./panel.ts";
import { joinLines, type Segment } from "./segments.ts";
import { wrap } from "./static/text.ts";

/*
 * A figure as plotly.js traces and layout. Works with plotly.js from 1.58 (which nodeplotlib loads) to 4: titles are objects.
 */

/** How a line looks, without its points. */
export interface PlotlyStyle {
  readonly type: "scatter";
  readonly mode: "lines" | "lines+markers";
  readonly line: { readonly color: string; readonly width: number; readonly dash: PlotlyDash };
  readonly marker: { readonly color: string; readonly size: number; readonly symbol: string };
  readonly connectgaps: false;
  readonly cliponaxis: false;
}

export interface PlotlyTrace extends PlotlyStyle {
  readonly name: string;
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  readonly meta: { readonly segments: readonly Segment[] };
  readonly [option: string]: unknown;
}

export interface PlotlyAxis {
  readonly title: { readonly text: string };
  readonly type: "linear" | "log";
  readonly range: readonly [number, number];
  readonly [option: string]: unknown;
}

export type PlotlyDash = "solid" | "dash" | "dot" | "dashdot";

const dashes: Record<Style["dash"], PlotlyDash> = { solid: "solid", dashed: "dash", dotted: "dot", dashdot: "dashdot" };

/** One trace per series, or one per style if there are too many to name: thousands of traces would freeze a browser. */
export function plotlyTraces(panel: Panel, figure: Figure): PlotlyTrace[] {
  const named = figure.legend.kind === "series";
  const groups = new Map<string, Trace[]>();
  for (const trace of panel.traces) {
    const key = named ? String(trace.series) : JSON.stringify(figure.series[trace.series]?.style);
    groups.set(key, [...(groups.get(key) ?? []), trace]);
  }
  return [...groups.values()].flatMap((group) => {
    const series = figure.series[group[0]?.series ?? -1];
    if (series === undefined) return [];
    const line = joinLines(group.map(({ series, x, y }) => ({ series, x: x.map(shown), y: y.map(shown) })));
    const { segments, ...points } = line;
    const style = plotlyStyle(series.style, named, isMarked(panel));
    return [{ ...style, name: named ? series.label : "", ...points, meta: { segments } }];
  });
}

/** With more points than this, marks hide the lines of a panel. */
const mostPoints = 600;

export function isMarked({ points, traces }: Panel): boolean {
  return points && traces.reduce((total, { x }) => total + x.length, 0) <= mostPoints;
}

/**
 * @param named whether each series is a separate line; otherwise lines are thinner
 * @param marked whether points are marked
 */
export function plotlyStyle({ color, marker, dash }: Style, named: boolean, marked: boolean): PlotlyStyle {
  return {
    type: "scatter",
    mode: marked ? "lines+markers" : "lines",
    line: { color, width: named ? 1.5 : 0.8, dash: dashes[dash] },
    marker: { color, size: 5, symbol: marker },
    connectgaps: false,
    cliponaxis: false,
  };
}

export function plotlyAxis(axis: AxisOfPanel): PlotlyAxis {
  const range = axis.scale === "log" ? axis.domain.map(Math.log10) : axis.domain;
  return {
    title: { text: axisTitle(axis) },
    type: axis.scale,
    range: [range[0] ?? 0, range[1] ?? 1],
    zeroline: false,
    showline: true,
    ticks: "outside",
    ticklen: 4,
    nticks: 6,
    exponentformat: "power",
    minexponent: 4,
    automargin: true,
  };
}

/** Fractions of a plot's width before a panel with its own y axis, and before one that shares its neighbour's. */
const gaps = { own: 0.1, shared: 0.03 };
/** Fraction of a row's height between it and the next row: its x axis and the next one's title. */
const betweenRows = 0.34;

/** All rows of panels in one plot with one legend, for viewers that show one plot at a time. */
export function plotlyGrid(
  rows: readonly PanelRow[],
  figure: Figure,
): { data: PlotlyTrace[]; layout: Record<string, unknown> } {
  const axes: Record<string, unknown> = {};
  const data: PlotlyTrace[] = [];
  const between = betweenRows / rows.length;
  const height = (1 - between * (rows.length - 1)) / rows.length;
  const titles = rows.map(({ title, panels }, r) => {
    const top = 1 - r * (height + between);
    const shared = panels.map(({ y }, i) => panels[i - 1]?.y === y);
    const free = 1 - shared.slice(1).reduce((total, isShared) => total + (isShared ? gaps.shared : gaps.own), 0);
    const width = free / panels.length;
    let x = 0;
    for (const [i, panel] of panels.entries()) {
      if (i > 0) x += shared[i] === true ? gaps.shared : gaps.own;
      const id = data.length === 0 ? "" : String(Object.keys(axes).length / 2 + 1);
      const side = { domain: [x, x + width], anchor: `y${id}` };
      const hidden = shared[i] === true ? { title: { text: "" }, showticklabels: false } : {};
      axes[`xaxis${id}`] = { ...plotlyAxis(panel.x), ...side, tickangle: 0 };
      axes[`yaxis${id}`] = {
        ...plotlyAxis(panel.y),
        ...hidden,
        domain: [Math.max(top - height, 0), top],
        anchor: `x${id}`,
      };
      data.push(...placed(plotlyTraces(panel, figure), id));
      x += width;
    }
    return { ...paperText, text: `<b>${title}</b>`, x: 0, y: top, xanchor: "left", yanchor: "bottom", yshift: 4 };
  });
  const legend = { orientation: "h", x: 0, y: 1 + 0.1 / rows.length, yanchor: "bottom", traceorder: "normal" };
  const layout = { ...axes, annotations: titles, showlegend: true, legend, hovermode: "closest" };
  return { data, layout };
}

/** An annotation placed on the page, not at a data point. */
const paperText = { xref: "paper", yref: "paper", showarrow: false };

function placed(traces: readonly PlotlyTrace[], id: string): PlotlyTrace[] {
  return traces.map((trace) => ({
    ...trace,
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    legendgroup: trace.name,
    showlegend: id === "" && trace.name !== "",
  }));
}

/** Six significant digits are enough for any screen; exact values are in the exported data. */
function shown(value: number | null): number | null {
  if (value === null || value === 0) return value;
  const scale = 10 ** Math.min(Math.max(5 - Math.floor(Math.log10(Math.abs(value))), 0), 300);
  return Math.round(value * scale) / scale;
}

/** One call of nodeplotlib's `plot(data, layout, config)`. */
export interface Plot {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

const rowHeight = 300;
const margin = { l: 70, r: 30, t: 120, b: 120 };
/** A line of notes fits a window of a small screen. */
const noteWidth = 900;

/** A figure as nodeplotlib 1.1.2 shows it: one plot, as its page gives each only part of the width. */
export function nodeplotlibPlots(figure: Figure): Plot[] {
  const { data, layout } = plotlyGrid(rowsOf(figure), figure);
  const titles = layout.annotations as readonly unknown[];
  const notes = [...figure.subtitle, ...figure.notes, figure.caption]
    .flatMap((text) => wrap(text, noteWidth, 11))
    .map(footnote);
  const plot: Plot = {
    data: data.map((trace) => ({ ...trace, hovertemplate: `%{x:.4~g}, %{y:.5~g}<extra>${trace.name}</extra>` })),
    layout: {
      ...layout,
      title: { text: figure.title, x: 0.02, xanchor: "left", y: 0.985, yanchor: "top" },
      annotations: [...titles, ...notes],
      height: rowHeight * rowsOf(figure).length + margin.t + margin.b,
      margin,
    },
    config: { displaylogo: false, responsive: true },
  };
  return [plot];
}

/** The rows, and one for the panel that belongs to none. */
function rowsOf({ rows, aside }: Figure): readonly PanelRow[] {
  return aside === null ? rows : [...rows, { key: aside.key, title: aside.title, panels: [aside] }];
}

function footnote(text: string, line: number) {
  const at = { x: 0, y: 0, xanchor: "left", yanchor: "top", yshift: -68 - 15 * line };
  return { ...paperText, ...at, text, font: { size: 11, color: "#666666" } };
}
