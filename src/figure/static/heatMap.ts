import type { FrameFigure, FramePanel, FrameRow } from "../frames.ts";
import { heatColor, heatStops, notFiniteColor } from "../style.ts";
import { axisInk, type Drawing, type Mark, quietInk, text } from "./marks.ts";
import { defaultWidth, sheetOf } from "./sheet.ts";
import { wrap } from "./text.ts";
import { positions, ticks } from "./ticks.ts";

const sheet = sheetOf(defaultWidth);
const { type } = sheet;
const left = 30;
const inner = sheet.width - left - 8;
const gap = 24;
const barHeight = 6;
/** Height of one latent frame, and bounds of the height of a row of panels. */
const frameHeight = 10;
const panelHeights = { least: 40, most: 100 };

/** Heat maps as one page: a colour bar per metric on top, then a row of panels per cell, latent frame against step. */
export function drawHeatMaps(figure: FrameFigure): Drawing {
  const isTitled = figure.title !== "";
  const marks: Mark[] = isTitled ? [text(figure.title, 3, 12, type.title, { bold: true })] : [];
  let top = isTitled ? 18 : 0;
  for (const line of figure.notes.flatMap((note) => wrap(note, inner, type.caption))) {
    marks.push(text(line, 3, top + type.caption, type.caption, { color: quietInk }));
    top += 1.25 * type.caption;
  }
  if (figure.rows.length > 0) {
    top += 4;
    for (const i of figure.scales.keys()) marks.push(...colorBar(figure, i, top));
    top += barHeight + 30;
  }
  for (const row of figure.rows) {
    if (row.label !== "") marks.push(text(row.label, 3, top + type.rowTitle, type.rowTitle, { bold: true }));
    const height = Math.min(Math.max(row.frames * frameHeight, panelHeights.least), panelHeights.most);
    for (const [i, panel] of row.panels.entries()) marks.push(...heatPanel(figure, row, panel, i, top + 12, height));
    top += 12 + height + 26;
  }
  for (const line of wrap(figure.caption, inner, type.caption)) {
    marks.push(text(line, 3, top + type.caption, type.caption, { color: quietInk }));
    top += 1.25 * type.caption;
  }
  const description = `${figure.title}. ${figure.rows.map(describe).join(" ")}`;
  return { width: sheet.width, height: Math.ceil(top + 4), description, marks };
}

function describe({ label, frames, steps }: FrameRow): string {
  return `${label}: ${frames} latent frames × ${steps} steps.`;
}

/** Left edge and width of the i-th panel of a row. */
function place(figure: FrameFigure, i: number): { readonly x: number; readonly width: number } {
  const count = figure.scales.length;
  const width = (inner - gap * (count - 1)) / count;
  return { x: left + i * (width + gap), width };
}

function heatPanel(
  figure: FrameFigure,
  row: FrameRow,
  panel: FramePanel,
  i: number,
  top: number,
  height: number,
): Mark[] {
  const { x: panelLeft, width } = place(figure, i);
  const range = figure.scales[i]?.range ?? { scale: "linear", domain: [0, 1] };
  const at = positions(range, 1);
  const [stepWidth, rowHeight] = [width / row.steps, height / row.frames];
  const bottom = top + height;
  const byColor = new Map<string, string[]>();
  for (const [frame, values] of panel.values.entries()) {
    for (const [step, value] of values.entries()) {
      if (value === null) continue;
      const color = Number.isFinite(value) ? heatColor(value <= 0 ? 0 : at(value)) : notFiniteColor;
      const rectangle = `M${n(panelLeft + step * stepWidth)},${n(bottom - (frame + 1) * rowHeight)}h${n(stepWidth)}v${n(rowHeight)}h${n(-stepWidth)}z`;
      byColor.set(color, [...(byColor.get(color) ?? []), rectangle]);
    }
  }
  const outline = `M${n(panelLeft)},${n(top)}h${n(width)}v${n(height)}h${n(-width)}z`;
  const marks: Mark[] = [...byColor].map(([fill, parts]) => ({ kind: "path", d: parts.join(""), fill }));
  const stepTicks = wholeTicks(row.steps, 5);
  const frameTicks = wholeTicks(row.frames, Math.floor(height / 10));
  const tickPath = [
    ...stepTicks.map((step) => `M${n(panelLeft + (step + 0.5) * stepWidth)},${n(bottom)}v2.5`),
    ...frameTicks.map((frame) => `M${n(panelLeft)},${n(bottom - (frame + 0.5) * rowHeight)}h-2.5`),
  ];
  marks.push({ kind: "path", d: outline + tickPath.join(""), stroke: axisInk, width: 0.6 });
  for (const step of stepTicks)
    marks.push(text(`${step}`, panelLeft + (step + 0.5) * stepWidth, bottom + 9, type.label, { align: "center" }));
  for (const frame of frameTicks)
    marks.push(
      text(`${frame}`, panelLeft - 4, bottom - (frame + 0.5) * rowHeight + 2.2, type.label, { align: "right" }),
    );
  marks.push(text("step", panelLeft + width / 2, bottom + 17, type.axisTitle, { align: "center" }));
  if (i === 0)
    marks.push(
      text("latent frame", panelLeft - 16, top + height / 2, type.axisTitle, { align: "center", upright: true }),
    );
  return marks;
}

function colorBar(figure: FrameFigure, i: number, top: number): Mark[] {
  const { x, width } = place(figure, i);
  const { title, range } = figure.scales[i] ?? { title: "", range: { scale: "linear", domain: [0, 1] } as const };
  const [name = ""] = title.split(": ");
  const stop = width / heatStops.length;
  const barTop = top + 10;
  const stops = heatStops.map(
    (fill, k): Mark => ({
      kind: "rect",
      x: n(x + k * stop),
      y: barTop,
      width: n(stop + (k < heatStops.length - 1 ? 0.4 : 0)),
      height: barHeight,
      fill,
    }),
  );
  const shown = ticks(range, width, true, type.label);
  const lines = shown.map(({ at }) => `M${n(x + at)},${barTop + barHeight}v2.5`).join("");
  return [
    text(`${name} relative L1${range.scale === "log" ? " (log)" : ""}`, x, top + 7, type.axisTitle),
    ...stops,
    { kind: "path", d: lines, stroke: axisInk, width: 0.6 },
    ...shown.flatMap((tick) =>
      tick.text === null
        ? []
        : [text(tick.text, x + tick.at, barTop + barHeight + 3 + type.label, type.label, { align: "center" })],
    ),
  ];
}

function wholeTicks(count: number, most: number): number[] {
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => count / step <= Math.max(most, 1)) ?? count;
  return Array.from({ length: Math.ceil(count / every) }, (_, k) => k * every);
}

/** To a hundredth of a pt. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
