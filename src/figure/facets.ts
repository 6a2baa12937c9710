import type { Figure, Panel, PanelRow } from "./figure.ts";

/**
 * The rows of a static figure. With facets, each row has a panel per facet, all with the same axes; a facet of one series
 * shows the others in grey behind it.
 */
export function staticRows({ rows, facets }: Figure): readonly PanelRow[] {
  if (facets.length === 0) return rows;
  return rows.map((row) => {
    const [whole] = row.panels;
    if (whole === undefined) return row;
    const panels = facets.map(({ title, series }): Panel => {
      const traces = whole.traces.filter((trace) => series.includes(trace.series));
      return {
        ...whole,
        key: `${whole.key} ${title}`,
        title,
        description: `${title}: ${whole.description}`,
        traces,
        context: series.length === 1 ? whole.traces.filter((trace) => !series.includes(trace.series)) : [],
      };
    });
    return { ...row, panels };
  });
}
