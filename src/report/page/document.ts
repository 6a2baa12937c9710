import { warnings as warningsOf } from "../../analysis/warning.ts";
import { provenanceParts } from "../../figure/caption.ts";
import { changePerSigmaFigure } from "../../figure/changePerSigma.ts";
import type { Figure } from "../../figure/figure.ts";
import type { FrameFigure } from "../../figure/frames.ts";
import { drawnCells } from "../../figure/series.ts";
import type { SweepRecord } from "../../record/record.ts";
import { reportData } from "../data.ts";
import { rowsOf } from "../packed.ts";
import { appendixSection } from "./appendix.ts";
import { inBrowser } from "./browser.ts";
import { cellsSection } from "./cells.ts";
import { type Clip, clipsSection } from "./clips.ts";
import { framesSection } from "./frames.ts";
import { documentEnd, documentStart, escapeHtml, inlineScript, notices, scriptJsonPieces } from "./html.ts";
import { legendSection } from "./legend.ts";
import { pagePlots, plotRows } from "./plots.ts";
import { style } from "./style.ts";

/** What the page is made of besides the record. */
export interface PageParts {
  /** The main figure, which the page draws with plotly.js. */
  readonly figure: Figure;
  /** The source of plotly.js, embedded in the page. */
  readonly plotly: string;
  readonly clips: readonly Clip[];
  /** null if no cell has more than one latent frame. */
  readonly frames: FrameFigure | null;
}

/** Clips too big to embed lie next to the page. */
const clipPolicy = "; media-src data: 'self' file:";

/** The report as one HTML document that opens without a network, piece by piece, since the data may be big. */
export function* reportPage(record: SweepRecord, { figure, plotly, clips, frames }: PageParts): Generator<string> {
  const perSigma = changePerSigmaFigure(record);
  const warnings = warningsOf(record);
  const data = reportData(record, warnings);
  const plots = pagePlots([figure, perSigma], drawnCells(record).cells.map(rowsOf));
  yield documentStart(figure.title, style, clipPolicy);
  yield `<header><h1>${escapeHtml(figure.title)}</h1>
<p class="quiet">${escapeHtml(provenanceParts(record).join(" · "))}</p>
${notices(warnings, "figure")}</header>
<main>
<div class="tools">${legendSection(figure)}${scaleChoice()}</div>
${figure.notes.map((note) => `<p class="quiet">${escapeHtml(note)}</p>`).join("")}
${notices(warnings, "curves")}
${plotRows(figure, (row) => (row.key === "latent" ? notices(warnings, "latent") : ""))}
${cellsSection(record, figure)}
<section><h2>Step widths and change per unit σ</h2>
<p class="quiet">If L1/Δσ of different schedules falls on one curve, the change depends on sigma alone, and a schedule only decides where that curve is sampled. A prediction's Δσ is that of the step before it.</p>
${plotRows(perSigma)}</section>
${framesSection(frames)}
${clipsSection(record, figure, clips)}
${appendixSection(record)}
</main>
<div id="tooltip" hidden></div>
<noscript><p>The plots need JavaScript; figure.svg in the same folder shows the same curves.</p></noscript>
`;
  yield* jsonScript("l1probe-data", data);
  yield* jsonScript("l1probe-plots", plots);
  yield "<script>";
  yield inlineScript(plotly);
  yield `</script>
<script>${inlineScript(`(${inBrowser.toString()})();`)}</script>
`;
  yield documentEnd;
}

function* jsonScript(id: string, value: object): Generator<string> {
  yield `<script type="application/json" id="${id}">`;
  // Three levels deep, so that each column of the table is written in pieces.
  yield* scriptJsonPieces(value, 3);
  yield "</script>\n";
}

function scaleChoice(): string {
  const choice = (scale: string) =>
    `<label><input type="radio" name="scale" data-scale="${scale}"${scale === "linear" ? " checked" : ""}> ${scale === "log" ? "logarithmic" : scale}</label>`;
  return `<fieldset><legend>L1 axes</legend>${choice("linear")} ${choice("log")}</fieldset>`;
}
