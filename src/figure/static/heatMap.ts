import type { FrameFigure, FramePanel, FrameRow } from "../frames.ts";
import type { Range } from "../panel.ts";
import { heatColor, heatStops, notFiniteColor } from "../style.ts";
import { fontFamily, fontSizes, page, positions, wrap } from "./layout.ts";
import { ink, quietInk } from "./marks.ts";

const gap = 34;
const barHeight = 8;
/** Height of one latent frame in px, within which a row of panels stays between these heights. */
const frameHeight = 13;
const panelHeights = { least: 52, most: 130 };
const line = 11;

/**
 * Heat maps as one SVG document: a colour bar per metric on top, then a row of panels per cell, latent frame against
 * step. Text stays text in `fontFamily`, which the caller embeds with `withFonts`.
 */
export function heatMapSvg(figure: FrameFigure): string {
  const parts = [text(figure.title, page.left, 15, { size: fontSizes.title, weight: 600 })];
  let top = 24;
  for (const note of figure.notes.flatMap((sentence) => wrap(sentence, inner, fontSizes.caption))) {
    parts.push(text(note, page.left, top + 6, { size: fontSizes.caption, color: quietInk }));
    top += line;
  }
  if (figure.rows.length > 0) {
    top += 4;
    for (const [i, { title, range }] of figure.scales.entries()) parts.push(colorBar(figure, i, title, range, top));
    top += barHeight + 44;
  }
  for (const row of figure.rows) {
    parts.push(text(row.label, page.left, top + 10, { size: fontSizes.rowTitle, weight: 600 }));
    const height = panelHeight(row);
    parts.push(...row.panels.map((panel, i) => heatPanel(figure, row, panel, i, top + 17, height)));
    top += 17 + height + 38;
  }
  for (const part of wrap(figure.caption, inner, fontSizes.caption)) {
    parts.push(text(part, page.left, top + 4, { size: fontSizes.caption, color: quietInk }));
    top += line;
  }
  const described = `${figure.title}. ${figure.rows.map(describe).join(" ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" font-family="${fontFamily}" width="${page.width}" height="${top + 4}" viewBox="0 0 ${page.width} ${top + 4}" role="img" aria-label="${escaped(described)}"><rect width="${page.width}" height="${top + 4}" fill="#ffffff"/>${parts.join("")}</svg>`;
}

const inner = page.width - page.left - page.right;

function panelHeight({ frames }: FrameRow): number {
  return Math.min(Math.max(frames * frameHeight, panelHeights.least), panelHeights.most);
}

/** Left edge and width of the i-th panel of a row. */
function place(figure: FrameFigure, i: number): { left: number; width: number } {
  const count = figure.scales.length;
  const width = Math.floor((inner - gap * (count - 1)) / count);
  return { left: page.left + i * (width + gap), width };
}

function heatPanel(figure: FrameFigure, row: FrameRow, panel: FramePanel, i: number, top: number, height: number) {
  const { left, width } = place(figure, i);
  const range = figure.scales[i]?.range ?? { scale: "linear", domain: [0, 1] };
  const at = positions({ quantity: "", label: "", unit: null, ...range }, 1);
  const [stepWidth, rowHeight] = [width / row.steps, height / row.frames];
  const cells = panel.values.flatMap((values, frame) =>
    values.map((value, step) => {
      if (value === null) return "";
      const color = Number.isFinite(value) ? heatColor(value <= 0 ? 0 : at(value)) : notFiniteColor;
      const y = height - (frame + 1) * rowHeight;
      return `<rect x="${n(step * stepWidth)}" y="${n(y)}" width="${n(stepWidth)}" height="${n(rowHeight)}" fill="${color}"/>`;
    }),
  );
  const frame = `<rect width="${width}" height="${height}" fill="none" stroke="#8a8a8a"/>`;
  const stepTicks = wholeTicks(row.steps, 5).map((step) => {
    const x = n((step + 0.5) * stepWidth);
    return `<path d="M${x},${height}v3" stroke="#8a8a8a"/>${text(`${step}`, x, height + 12, { size: fontSizes.label, anchor: "middle" })}`;
  });
  const frameTicks = wholeTicks(row.frames, Math.floor(height / 13)).map((index) => {
    const y = n(height - (index + 0.5) * rowHeight);
    return `<path d="M0,${y}h-3" stroke="#8a8a8a"/>${text(`${index}`, -5, y + 3, { size: fontSizes.label, anchor: "end" })}`;
  });
  const xTitle = text("step", width / 2, height + 24, { size: fontSizes.axisTitle, anchor: "middle" });
  const yTitle =
    i === 0
      ? `<g transform="translate(-26,${n(height / 2)}) rotate(-90)">${text("latent frame", 0, 0, { size: fontSizes.axisTitle, anchor: "middle" })}</g>`
      : "";
  return `<g transform="translate(${left},${top})"><g shape-rendering="crispEdges">${cells.join("")}</g>${frame}${stepTicks.join("")}${frameTicks.join("")}${xTitle}${yTitle}</g>`;
}

function colorBar(figure: FrameFigure, i: number, title: string, range: Range, top: number): string {
  const { left, width } = place(figure, i);
  const [name = "", ...rest] = title.split(": ");
  const at = positions({ quantity: "", label: "", unit: null, ...range }, width);
  const stop = width / heatStops.length;
  const stops = heatStops.map(
    (color, k) =>
      `<rect x="${n(k * stop)}" width="${n(stop + (k < heatStops.length - 1 ? 0.5 : 0))}" height="${barHeight}" fill="${color}"/>`,
  );
  const ticks = scaleTicks(range).map((value) => {
    const x = n(at(value));
    return `<path d="M${x},${barHeight}v3" stroke="#8a8a8a"/>${text(`${Number(value.toPrecision(2))}`, x, barHeight + 12, { size: fontSizes.label, anchor: "middle" })}`;
  });
  const scale = range.scale === "log" ? ", log scale" : "";
  return `<g transform="translate(${left},${top})"><title>${escaped(rest.join(": "))}</title>${text(`${name} relative L1${scale}`, 0, 8, { size: fontSizes.axisTitle })}<g transform="translate(0,13)">${stops.join("")}${ticks.join("")}</g></g>`;
}

/** Round values within a range, at most five: powers of ten with 2 and 5 between them, or even spacing. */
function scaleTicks({ scale, domain: [low, high] }: Range): number[] {
  if (scale === "linear") {
    const raw = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
    return Array.from({ length: Math.floor(high / step) + 1 }, (_, k) => k * step);
  }
  const decades = Array.from({ length: 20 }, (_, k) => k - 12);
  const of = (factors: readonly number[]) =>
    decades.flatMap((d) => factors.map((f) => f * 10 ** d)).filter((value) => value >= low && value <= high);
  const fine = of([1, 2, 5]);
  return fine.length <= 6 ? fine : of([1]);
}

/** Every step or frame, or every 2nd, 5th, 10th …, so that at most `most` are labelled. */
function wholeTicks(count: number, most: number): number[] {
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => count / step <= Math.max(most, 1)) ?? count;
  return Array.from({ length: Math.ceil(count / every) }, (_, k) => k * every);
}

function describe({ label, frames, steps }: FrameRow): string {
  return `${label}: ${frames} latent frames × ${steps} steps.`;
}

interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly color?: string;
  readonly anchor?: "middle" | "end";
}

function text(words: string, x: number, y: number, { size, weight, color = ink, anchor }: TextStyle): string {
  const extra = `${weight === undefined ? "" : ` font-weight="${weight}"`}${anchor === undefined ? "" : ` text-anchor="${anchor}"`}`;
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${color}"${extra}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** To a hundredth of a px. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
