import type { Figure, PanelRow } from "../../figure/figure.ts";
import { elapsedAxis } from "../../figure/panel.ts";
import { plotlyAxis, plotlyTraces } from "../../figure/plotly.ts";
import { escapeHtml } from "./html.ts";

/** What the page hands to plotly for one panel. */
export interface PagePlot {
  readonly key: string;
  readonly data: readonly unknown[];
  readonly layout: Record<string, unknown>;
  /** Whether its y axis follows the reader's choice of linear or logarithmic. */
  readonly measured: boolean;
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

export function pagePlots(figure: Figure): PagePlot[] {
  return figure.rows.flatMap(({ panels }) =>
    panels.map((panel) => ({
      key: panel.key,
      data: plotlyTraces(panel, figure),
      layout: { xaxis: plotlyAxis(panel.x), yaxis: { ...plotlyAxis(panel.y), rangemode: "tozero" } },
      measured: panel.y !== elapsedAxis,
    })),
  );
}
