import type { ColorBar, Figure, LegendKey, Style } from "../../figure/figure.ts";
import { dashArrays, ink, markerPath } from "../../figure/static/marks.ts";
import { escapeHtml } from "./html.ts";

/** The one legend of all plots. Series are buttons: hovering over one or choosing it highlights its curves. */
export function legendSection(figure: Figure): string {
  const { legend, series } = figure;
  if (legend.kind === "series") {
    const entries = series.map(
      ({ label, style, cells }) =>
        `<li><button type="button" class="entry" data-series="${cells[0]}" aria-pressed="false">${sample(style)}${escapeHtml(label)}</button></li>`,
    );
    return `<ul class="legend" aria-label="Cells">${entries.join("")}</ul>`;
  }
  const bar = legend.bar === null ? "" : barGroup(legend.bar);
  const groups = legend.groups.map(({ label, keys }) => keyGroup(label, keys));
  return `<div class="legend" aria-label="Meaning of colours, marks and dashes">${bar}${groups.join("")}</div>`;
}

function keyGroup(label: string, keys: readonly LegendKey[]): string {
  const entries = keys.map(
    (key) => `<li>${Object.keys(key.style).length > 0 ? sample(key.style) : ""}${escapeHtml(key.label)}</li>`,
  );
  return `<div class="group"><b>${escapeHtml(label)}</b><ul>${entries.join("")}</ul></div>`;
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
