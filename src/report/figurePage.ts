import type { Figure } from "../figure/figure.ts";
import { plotlyGrid } from "../figure/plotly.ts";
import { documentEnd, documentStart, escapeHtml, inlineScript, scriptJson } from "./page/html.ts";

const style = `
body { margin: 0 auto; max-width: 1180px; padding: 24px 28px; font: 15px/1.5 system-ui, sans-serif; color: #222; }
h1 { font-size: 22px; margin: 0; }
p, summary { color: #5f5f5f; font-size: 13px; margin: 4px 0; }
pre { font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: 10px 12px; }
`;

const draw = `
for (const [i, { data, layout }] of JSON.parse(document.getElementById("plots").textContent).entries())
  Plotly.newPlot("plot-" + i, data, { ...layout, height: 420, margin: { t: 90, r: 20 } }, { responsive: true, displaylogo: false });
`;

/**
 * One figure as an HTML document that opens without a network.
 *
 * @param plotly the source of plotly.js
 * @param data the figure's data, as JSON to copy
 */
export function figurePage(figure: Figure, plotly: string, data: string): string {
  const plots = figure.rows.map((row) => plotlyGrid([row], figure));
  const places = figure.rows.map(
    ({ panels }, i) =>
      `<div id="plot-${i}" role="img" aria-label="${escapeHtml(panels.map(({ description }) => description).join(" "))}"></div>`,
  );
  return `${documentStart(figure.title, style)}<h1>${escapeHtml(figure.title)}</h1>
${figure.notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("")}
${places.join("\n")}
<p>${escapeHtml(figure.caption)}</p>
<details><summary>Numbers</summary><pre>${escapeHtml(data)}</pre></details>
<script type="application/json" id="plots">${scriptJson(plots)}</script>
<script>${inlineScript(plotly)}</script>
<script>${draw}</script>
${documentEnd}`;
}
