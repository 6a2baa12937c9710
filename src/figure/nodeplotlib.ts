import type { Figure, PanelRow } from "./figure.ts";
import { paperText, plotlyGrid } from "./plotly.ts";
import { wrap } from "./static/text.ts";

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
