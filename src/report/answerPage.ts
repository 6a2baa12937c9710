import { join } from "node:path";
import type { Figure } from "../figure/figure.ts";
import { plotlyGrid } from "../figure/plotly.ts";
import { svgFigure } from "../figure/static/images.ts";
import { writeWhole } from "../record/files.ts";
import { documentEnd, documentStart, escapeHtml, inlineScript, scriptJson } from "./page/html.ts";
import { plotlySource } from "./write.ts";

/** A table of an answer; the first column names the row. */
export interface AnswerTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** A sentence on how to read it. */
  readonly note?: string;
}

/** What a command answers: sentences, a figure, tables, and the numbers for programs. */
export interface Answer {
  readonly title: string;
  readonly verdict: readonly string[];
  readonly figure: Figure;
  readonly tables: readonly AnswerTable[];
  /** Sentences about how it was measured. */
  readonly method: readonly string[];
  /** The command that repeats it. */
  readonly command: string;
  readonly data: unknown;
}

const style = `
body { margin: 0 auto; max-width: 1080px; padding: 24px 28px 48px; font: 15px/1.5 system-ui, sans-serif; color: #222; }
h1 { font-size: 22px; margin: 0 0 6px; }
h2 { font-size: 17px; margin: 30px 0 4px; }
.verdict p { font-size: 16.5px; margin: 4px 0; max-width: 80ch; }
.quiet, summary { color: #5f5f5f; font-size: 13px; margin: 4px 0; max-width: 110ch; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin: 6px 0; }
th, td { padding: 3px 9px; text-align: right; white-space: nowrap; border-bottom: 1px solid #eaeaea; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
pre { font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: 10px 12px; max-height: 420px; overflow: auto; }
`;

const draw = `
for (const [i, { data, layout }] of JSON.parse(document.getElementById("plots").textContent).entries())
  Plotly.newPlot("plot-" + i, data, { ...layout, height: 400, margin: { t: 60, r: 20 } }, { responsive: true, displaylogo: false });
`;

function tableHtml({ title, columns, rows, note }: AnswerTable): string {
  const row = (cells: readonly string[], tag: "th" | "td") =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return `<section><h2>${escapeHtml(title)}</h2>
${note === undefined ? "" : `<p class="quiet">${escapeHtml(note)}</p>`}
<div class="scroll"><table><thead>${row(columns, "th")}</thead><tbody>${rows.map((cells) => row(cells, "td")).join("")}</tbody></table></div></section>`;
}

/** An answer as an HTML document that opens without a network. */
export function answerPage({ title, verdict, figure, tables, method, command, data }: Answer, plotly: string): string {
  const plots = figure.rows.map((row) => plotlyGrid([row], figure));
  const places = figure.rows.map(
    ({ title: row, panels }, i) =>
      `<h2>${escapeHtml(row)}</h2><div id="plot-${i}" role="img" aria-label="${escapeHtml(panels.map(({ description }) => description).join(" "))}"></div>`,
  );
  const quiet = (sentence: string) => `<p class="quiet">${escapeHtml(sentence)}</p>`;
  return `${documentStart(title, style)}<main><h1>${escapeHtml(title)}</h1>
<div class="verdict">${verdict.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("")}</div>
${places.join("\n")}
${figure.notes.map(quiet).join("")}
${tables.map(tableHtml).join("\n")}
<section><h2>How it was measured</h2>${method.map(quiet).join("")}
<pre>${escapeHtml(command)}</pre>${quiet(figure.caption)}</section>
<details><summary>Numbers</summary><pre>${escapeHtml(JSON.stringify(data, null, 1))}</pre></details></main>
<script type="application/json" id="plots">${scriptJson(plots)}</script>
<script>${inlineScript(plotly)}</script>
<script>${draw}</script>
${documentEnd}`;
}

/** An answer as text: its sentences, then its tables in aligned columns. */
export function answerText({ verdict, tables }: Answer): string[] {
  return [
    ...verdict,
    ...tables.flatMap(({ title, columns, rows }) => ["", `# ${title}`, ...aligned([columns, ...rows])]),
  ];
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/**
 * Writes an answer into a folder as NAME.html, NAME.svg and NAME.json.
 *
 * @returns their paths
 */
export async function writeAnswer(directory: string, name: string, answer: Answer): Promise<string[]> {
  const path = (ending: string) => join(directory, `${name}.${ending}`);
  await writeWhole(path("html"), answerPage(answer, await plotlySource()));
  await writeWhole(path("svg"), await svgFigure(answer.figure));
  await writeWhole(path("json"), `${JSON.stringify(answer.data, null, 1)}\n`);
  return ["html", "svg", "json"].map(path);
}

const figureStyle = `
body { margin: 0 auto; max-width: 1180px; padding: 24px 28px; font: 15px/1.5 system-ui, sans-serif; color: #222; }
h1 { font-size: 22px; margin: 0; }
p, summary { color: #5f5f5f; font-size: 13px; margin: 4px 0; }
pre { font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: 10px 12px; }
`;

const drawFigurePage = `
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
  return `${documentStart(figure.title, figureStyle)}<h1>${escapeHtml(figure.title)}</h1>
${figure.notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("")}
${places.join("\n")}
<p>${escapeHtml(figure.caption)}</p>
<details><summary>Numbers</summary><pre>${escapeHtml(data)}</pre></details>
<script type="application/json" id="plots">${scriptJson(plots)}</script>
<script>${inlineScript(plotly)}</script>
<script>${drawFigurePage}</script>
${documentEnd}`;
}
