import type { Figure } from "./figure.ts";
import { plotlyRow } from "./plotly.ts";

/** One call of nodeplotlib's `plot(data, layout, config)`. */
export interface Plot {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

/** A figure as nodeplotlib 1.1.2 shows it: one plot a row, the first with the figure's title, the last with its caption. */
export function nodeplotlibPlots(figure: Figure): Plot[] {
  return figure.rows.map((row, i) => {
    const { data, layout } = plotlyRow(row, figure);
    const title = i === 0 ? `${figure.title}<br>${row.title}` : row.title;
    const notes = i === figure.rows.length - 1 ? [...figure.notes, figure.caption] : [];
    return {
      data: data.map((trace) => ({ ...trace, hovertemplate: `%{x:.4~g}, %{y:.5~g}<extra>${trace.name}</extra>` })),
      layout: {
        ...layout,
        title: { text: title },
        height: 460,
        margin: { t: 70, b: 120 },
        annotations: notes.map(footnote),
      },
      config: { displaylogo: false },
    };
  });
}

function footnote(text: string, line: number) {
  const at = { xref: "paper", yref: "paper", x: 0, y: 0, xanchor: "left", yanchor: "top", yshift: -85 - 16 * line };
  return { ...at, text, showarrow: false, font: { size: 11, color: "#666666" } };
}
