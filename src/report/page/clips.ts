import { curve } from "../../analysis/curve.ts";
import type { Figure } from "../../figure/figure.ts";
import { labels } from "../../figure/label.ts";
import { drawnCells } from "../../figure/series.ts";
import type { SweepRecord } from "../../record/record.ts";
import { sample } from "./figures.ts";
import { escapeHtml } from "./html.ts";

/** A saved video and where its bytes are. */
export interface Clip {
  readonly cellId: string;
  /** A data: URI, or a path relative to the report if the clip is too big to embed. */
  readonly source: string;
  readonly inside: boolean;
}

const width = 220;
const height = 90;

/** The clips, each next to its cond curve with all others in grey; empty if no video was saved. */
export function clipsSection(record: SweepRecord, figure: Figure, clips: readonly Clip[]): string {
  if (clips.length === 0) return "";
  const drawn = drawnCells(record).cells;
  const label = labels(record.manifest.cells, record.manifest.axes);
  const curves = drawn.map((cell) => curve(cell, "cond"));
  const highest = curves.reduce((most, { values }) => values.reduce<number>((m, v) => Math.max(m, finite(v)), most), 0);
  const paths = curves.map(({ fraction, values }) => path(fraction, values, highest));
  const outside = clips.filter(({ inside }) => !inside).length;
  const cards = clips.flatMap(({ cellId, source }) => {
    const index = drawn.findIndex((cell) => cell.cellId === cellId);
    const style = figure.series.find(({ cells }) => cells.includes(index))?.style;
    if (style === undefined) return [];
    const text = escapeHtml(label[record.cells.findIndex((cell) => cell.cellId === cellId)] ?? cellId);
    return `<figure class="clip" data-cells="${index}">
<video src="${escapeHtml(source)}" controls loop muted playsinline preload="auto" aria-label="Clip of ${text}"></video>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="cond relative L1 of ${text} against step / steps, among all cells"><use href="#all-curves"/><path d="${paths[index] ?? ""}" fill="none" stroke="${style.color}" stroke-width="2.5"/></svg>
<figcaption>${sample(style)}${text}</figcaption></figure>`;
  });
  return `<section><h2>Clips</h2><p class="quiet">Each clip with its cond relative L1 against step / steps; other cells in grey.${
    outside > 0
      ? ` ${outside === 1 ? "1 clip is" : `${outside} clips are`} too big to embed in this file and plays only while this file is in the sweep's folder.`
      : ""
  }</p>
<svg width="0" height="0" aria-hidden="true"><defs><path id="all-curves" d="${paths.join("")}" fill="none" stroke="#d0d0d0"/></defs></svg>
<div class="clips">${cards.join("")}</div></section>`;
}

function path(fraction: readonly number[], values: readonly (number | null)[], highest: number): string {
  let pen = "M";
  return values
    .map((value, i) => {
      if (value === null || !Number.isFinite(value)) {
        pen = "M";
        return "";
      }
      const x = 2 + (fraction[i] ?? 0) * (width - 4);
      const y = height - 2 - (highest > 0 ? value / highest : 0) * (height - 4);
      const drawn = `${pen}${x.toFixed(1)},${y.toFixed(1)}`;
      pen = "L";
      return drawn;
    })
    .join("");
}

function finite(value: number | null): number {
  return value !== null && Number.isFinite(value) ? value : 0;
}
