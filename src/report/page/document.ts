import { warnings as warningsOf } from "../../analysis/warning.ts";
import { changePerSigmaFigure } from "../../figure/changePerSigma.ts";
import type { Figure } from "../../figure/figure.ts";
import type { FrameFigure } from "../../figure/frames.ts";
import { type DrawOptions, drawnCells } from "../../figure/series.ts";
import type { SweepRecord } from "../../record/record.ts";
import { reportData } from "../data.ts";
import { rowsOf } from "../packed.ts";
import { appendixSection } from "./appendix.ts";
import { cellsSection } from "./cells.ts";
import { type Clip, clipsSection } from "./clips.ts";
import { controlsSection } from "./controls.ts";
import { framesSection } from "./frames.ts";
import { documentEnd, documentStart, escapeHtml, inlineScript, notices, scriptJsonPieces } from "./html.ts";
import { legendSection } from "./legend.ts";
import { pagePlots, plotRows } from "./plots.ts";
import { bare, still } from "./still.ts";
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
