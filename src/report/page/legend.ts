import type { ColorBar, Figure, LegendKey, Series, Style } from "../../figure/figure.ts";
import { dashArrays, ink, markerPath } from "../../figure/static/marks.ts";
import { escapeHtml } from "./html.ts";

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
