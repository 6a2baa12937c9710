import type { ColorBar, Figure, LegendKey, Series, Style } from "../../figure/figure.ts";
import type { FrameFigure } from "../../figure/frames.ts";
import { drawFigure, svgDocument } from "../../figure/static/drawing.ts";
import { drawHeatMaps } from "../../figure/static/heatMap.ts";
import { dashArrays, ink, markerPath } from "../../figure/static/marks.ts";
import { defaultWidth, sheetOf } from "../../figure/static/sheet.ts";
import { escapeHtml } from "./html.ts";

/** A figure without the words that the page has around it. */
export function bare(figure: Figure): Figure {
  return { ...figure, title: "", subtitle: [], notes: [], caption: "" };
}

/** A figure as an SVG document for a page. Facets are a document per row, so that print can break pages between them. */
export function stillsOf(figure: Figure): string[] {
  const whole = bare(figure);
  if (figure.facets.length === 0) return [still(whole)];
  return whole.rows.map((row, i) => still({ ...whole, rows: [row], aside: i === 0 ? whole.aside : null }));
}

export function still(figure: Figure): string {
  return svgDocument(drawFigure(figure, sheetOf(defaultWidth)));
}

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

/** The one legend of all plots. Entries are buttons: pointing at one or choosing it highlights the curves of all its cells. */
export function legendSection(figure: Figure): string {
  const { legend, series } = figure;
  if (legend.kind === "series") {
    const entries = series.map(({ label, style, cells }) => `<li>${entry(sample(style), label, cells)}</li>`);
    return `<ul class="legend" aria-label="Cells">${entries.join("")}</ul>`;
  }
  const bar = legend.bar === null ? "" : barGroup(legend.bar);
  const groups = legend.groups.map(({ label, keys }) => keyGroup(label, keys, series));
  return `<div class="legend" aria-label="Meaning of colours, marks and dashes">${bar}${groups.join("")}</div>`;
}

function keyGroup(label: string, keys: readonly LegendKey[], all: readonly Series[]): string {
  const entries = keys.map(({ label: text, style, series }) => {
    const cells = series.flatMap((i) => all[i]?.cells ?? []);
    return `<li>${entry(Object.keys(style).length > 0 ? sample(style) : "", text, cells)}</li>`;
  });
  return `<div class="group"><b>${escapeHtml(label)}</b><ul>${entries.join("")}</ul></div>`;
}

/** A button that stands for cells. */
export function entry(before: string, label: string, cells: readonly number[], title = ""): string {
  const hint = title === "" ? "" : ` title="${escapeHtml(title)}"`;
  return `<button type="button" class="entry" data-cells="${cells.join(" ")}" aria-pressed="false"${hint}>${before}${escapeHtml(label)}</button>`;
}

function barGroup({ label, stops, ticks }: ColorBar): string {
  const labels = ticks.map(({ at, text }) => `<span style="left:${(at * 100).toFixed(1)}%">${escapeHtml(text)}</span>`);
  return `<div class="group"><b>${escapeHtml(label)}</b><div class="bar"><div style="background:linear-gradient(to right,${stops.join(",")})"></div>${labels.join("")}</div></div>`;
}

/** A short piece of a series' line, for legends and tables. */
export function sample({ color = ink, marker, dash = "solid" }: Partial<Style>): string {
  const point = marker === undefined ? "" : `<path d="${markerPath(marker, 15, 6, 7)}" fill="${color}"/>`;
  const dashes = dashArrays[dash].join(" ") || "none";
  return `<svg class="sample" width="30" height="12" aria-hidden="true"><path d="M1,6H29" stroke="${color}" stroke-width="2" stroke-dasharray="${dashes}"/>${point}</svg>`;
}
