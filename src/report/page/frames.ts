import type { FrameFigure } from "../../figure/frames.ts";
import { drawHeatMaps } from "../../figure/static/heatMap.ts";
import { svgDocument } from "../../figure/static/svg.ts";
import { escapeHtml } from "./html.ts";

/** Cells whose heat maps are open when the page opens. */
const opened = 1;

/** Heat maps of latent frame × step, one collapsible figure per cell; nothing for clips of one latent frame. */
export function framesSection(figure: FrameFigure | null): string {
  if (figure === null) return "";
  const maps = figure.rows.map((row, i) => {
    const svg = svgDocument(
      drawHeatMaps({ ...figure, title: "", rows: [{ ...row, label: "" }], notes: [], caption: "" }),
    );
    return `<details class="frames"${i < opened ? " open" : ""}><summary>${escapeHtml(row.label)}</summary>${svg}</details>`;
  });
  const explanation =
    maps.length === 0
      ? ""
      : '<p class="quiet">Each latent frame against the same frame of its reference. All cells share one colour scale per metric; white means no value (cond and cfg have none in step 0), grey not finite.</p>';
  return `<section id="frames"><h2>Relative L1 by latent frame</h2>
${figure.notes.map((note) => `<p class="quiet">${escapeHtml(note)}</p>`).join("")}${explanation}
${maps.join("")}</section>`;
}
