import { differs } from "../../analysis/factor.ts";
import { promptTokensOf, warnings as warningsOf } from "../../analysis/warning.ts";
import type { Axis } from "../../experiment/cell.ts";
import { changePerSigmaFigure } from "../../figure/changePerSigma.ts";
import type { Figure } from "../../figure/figure.ts";
import type { FrameFigure } from "../../figure/frames.ts";
import { isGroupable } from "../../figure/groups.ts";
import { type DrawOptions, drawnCells } from "../../figure/series.ts";
import { Provenance } from "../../generated/l1probe/v1/probe.ts";
import { provenanceOf } from "../../record/manifest.ts";
import type { SweepRecord } from "../../record/record.ts";
import { reportData, rowsOf } from "../data.ts";
import { cellsSection } from "./cells.ts";
import { type Clip, clipsSection } from "./clips.ts";
import { bare, framesSection, legendSection, still } from "./figures.ts";
import { documentEnd, documentStart, escapeHtml, inlineScript, notices, scriptJsonPieces } from "./html.ts";
import { pagePlots, plotRows } from "./plots.ts";
import { style } from "./style.ts";

/** What the page is made of besides the record. */
export interface PageParts {
  /** The main figure, which the page draws with plotly.js. */
  readonly figure: Figure;
  /** The main figure as SVG documents, which the page shows until plotly.js has drawn it, and in print. */
  readonly stills: readonly string[];
  /** Fonts of the figures, as style rules. */
  readonly fonts: string;
  /** What runs in the page. */
  readonly script: string;
  /** The source of plotly.js, embedded in the page. */
  readonly plotly: string;
  readonly clips: readonly Clip[];
  readonly options: DrawOptions;
  /** null if no cell has more than one latent frame. */
  readonly frames: FrameFigure | null;
}

/** Clips too big to embed lie next to the page. */
const clipPolicy = "; media-src data: 'self' file:";

/** The report as one HTML document that opens without a network, piece by piece, since the data may be big. */
export function* reportPage(
  record: SweepRecord,
  { figure, stills, plotly, script, clips, frames, options, fonts }: PageParts,
): Generator<string> {
  const perSigma = changePerSigmaFigure(record, options);
  const warnings = warningsOf(record);
  const data = reportData(record, warnings);
  const plots = pagePlots([figure, perSigma], drawnCells(record).cells.map(rowsOf));
  yield documentStart(figure.title, fonts + style, clipPolicy);
  yield `<header><h1>${escapeHtml(figure.title)}</h1>
${figure.subtitle.map((line) => `<p>${escapeHtml(line)}</p>`).join("")}
<p class="quiet">${escapeHtml(figure.caption)}</p>
${notices(warnings, "figure")}</header>
<main>
<div class="tools">${legendSection(figure)}${controlsSection(record)}</div>
${figure.notes.map((note) => `<p class="quiet">${escapeHtml(note)}</p>`).join("")}
${notices(warnings, "curves")}
${notices(warnings, "latent")}
${figureSection(figure, stills)}
${cellsSection(record, figure)}
<section><h2>Step widths and change per unit σ</h2>
<p class="quiet">If L1/Δσ of different schedules falls on one curve, the change depends on sigma alone, and a schedule only decides where that curve is sampled. A prediction's Δσ is that of the step before it.</p>
${figureSection(perSigma, [still(bare(perSigma))])}</section>
${framesSection(frames)}
${clipsSection(record, figure, clips)}
${appendixSection(record)}
</main>
<div id="tooltip" hidden></div>
`;
  yield* jsonScript("l1probe-data", data);
  yield* jsonScript("l1probe-plots", plots);
  yield "<script>";
  yield inlineScript(plotly);
  yield `</script>
<script>${inlineScript(script)}</script>
`;
  yield documentEnd;
}

function* jsonScript(id: string, value: object): Generator<string> {
  yield `<script type="application/json" id="${id}">`;
  // Three levels deep, so that each column of the table is written in pieces.
  yield* scriptJsonPieces(value, 3);
  yield "</script>\n";
}

/** A figure as it is in print and at once, and the plots that take its place. */
function figureSection(figure: Figure, stills: readonly string[]): string {
  return `<div class="figure"><div class="stills">${stills.join("")}</div><div class="plots">${plotRows(figure)}</div></div>`;
}

const scales = ["automatic", "linear", "log"] as const;

/** What the reader can set: the scale of L1 axes, which cells are shown, and how they are summarised. */
function controlsSection({ manifest: { cells, axes } }: SweepRecord): string {
  const varying = axes.filter((axis) => differs(cells, axis as Axis));
  const scale = scales.map(
    (name) =>
      `<label><input type="radio" name="scale" value="${name}"${name === "automatic" ? " checked" : ""}> ${name === "log" ? "logarithmic" : name}</label>`,
  );
  const filters = varying.map(
    (axis) =>
      `<label>${escapeHtml(axis.replaceAll("_", " "))} <select data-axis="${escapeHtml(axis)}"><option value="">all</option></select></label>`,
  );
  const medians = varying
    .filter(isGroupable)
    .map((axis) => `<option value="${escapeHtml(axis)}">median over ${escapeHtml(axis.replaceAll("_", " "))}</option>`);
  const grouping = `<label>curves <select id="group"><option value="">as in the figure</option><option value="none">every cell</option>${medians.join("")}</select></label>`;
  const shown =
    cells.length > 1
      ? `<fieldset><legend>show</legend>${filters.join(" ")} ${grouping} <output id="count"></output></fieldset>`
      : "";
  return `<div class="controls"><fieldset><legend>L1 axes</legend>${scale.join(" ")}</fieldset>${shown}</div>`;
}

/** Everything needed to repeat the sweep: the command, the experiment's YAML, the sigmas that ran. */
function appendixSection(record: SweepRecord): string {
  const { experiment, command } = record.manifest;
  const profile = experiment.profile === null ? "" : `, with the profile ${experiment.profile}`;
  return `<section><h2>Reproduce</h2>
<pre aria-label="Command">${escapeHtml(command)}</pre>
<h3>Experiment (${escapeHtml(experiment.file + profile)})</h3>
<pre aria-label="Experiment">${escapeHtml(experiment.text)}</pre>
<h3>Sigmas that ran</h3>
<p class="quiet">Read back from the scheduler, float32, without the terminal 0.</p>
${sigmaTable(record)}
${tokensSection(record)}<details><summary>Server and client</summary><pre>${escapeHtml(knowledge(record))}</pre></details>
<p class="quiet">Every number of this page is also in it as JSON, in the script element with the id <code>l1probe-data</code>.</p></section>`;
}

/** Provenance as JSON: each distinct server, then the client. */
function knowledge(record: SweepRecord): string {
  const servers = new Set(
    record.cells.flatMap((cell) => {
      const provenance = provenanceOf(record, cell);
      return provenance === undefined ? [] : [JSON.stringify(Provenance.toJSON(provenance))];
    }),
  );
  const known = { servers: [...servers].map((json): unknown => JSON.parse(json)), client: record.manifest.client };
  return JSON.stringify(known, null, 2);
}

/** What each text encoder read of each prompt; empty if no server said so. */
function tokensSection(record: SweepRecord): string {
  const prompts = new Map(record.cells.flatMap(promptTokensOf).map((one) => [one.prompt, one.encoders]));
  if (prompts.size === 0) return "";
  const lines = [...prompts].flatMap(([prompt, encoders]) =>
    encoders.map(
      ({ encoder, kept, tokens, cut }) =>
        `<tr><td>${escapeHtml(prompt)}</td><td>${escapeHtml(encoder)}</td><td>${kept} of ${tokens}</td><td>${escapeHtml(cut)}</td></tr>`,
    ),
  );
  return `<details><summary>Tokens of the prompts</summary><div class="scroll" tabindex="0"><table><thead><tr><th>prompt</th><th>text encoder</th><th>tokens read</th><th>cut</th></tr></thead><tbody>${lines.join("")}</tbody></table></div></details>
`;
}

/** Each distinct schedule that ran. */
function sigmaTable(record: SweepRecord): string {
  const ran = new Map<string, { readonly schedule: string; readonly sampler: string; cells: number }>();
  for (const { cell, started } of record.cells) {
    if (started === null) continue;
    const sigmas = started.sigmas.join(", ");
    const known = ran.get(sigmas);
    if (known === undefined)
      ran.set(sigmas, { schedule: `${cell.schedule}, ${cell.steps} steps`, sampler: cell.sampler, cells: 1 });
    else known.cells += 1;
  }
  const entries = [...ran].map(
    ([sigmas, { schedule, cells }]) =>
      `<details${ran.size <= 4 ? " open" : ""}><summary>${escapeHtml(schedule)} <span class="quiet">(${cells === 1 ? "1 cell" : `${cells} cells`})</span></summary><pre>${sigmas}</pre></details>`,
  );
  return entries.length === 0 ? "<p>No cell has started.</p>" : entries.join("");
}
