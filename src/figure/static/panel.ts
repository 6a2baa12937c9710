import type { Panel, Style } from "../figure.ts";
import { axisTitle } from "../panel.ts";
import { type Box, curveMarks } from "./curves.ts";
import { axisInk, gridInk, ink, type Mark, text } from "./marks.ts";
import type { Sheet } from "./sheet.ts";
import { textWidth } from "./text.ts";
import { ticks } from "./ticks.ts";

const tickLength = 2.5;
/** The smallest type that is legible in print, in pt. */
const leastType = 6.5;

/** Which axes of a panel are written out; the others are read from the panel to the left or below. */
export interface OwnAxes {
  readonly x: boolean;
  readonly y: boolean;
}

/** Room below a panel for its tick labels and axis title, with a little air. */
export function belowPanel({ type }: Sheet, ownX: boolean): number {
  return ownX ? tickLength + type.label + type.axisTitle + 6 : tickLength + 4;
}

/** Room left of a panel with these y axes for their tick labels and axis title. */
export function besidePanel(panels: readonly Panel[], height: number, { type }: Sheet): number {
  const labels = panels.flatMap(({ y }) => ticks(y, height, false, type.label).map(({ text }) => text ?? ""));
  const widest = Math.max(0, ...labels.map((label) => textWidth(label, type.label)));
  return widest + tickLength + type.axisTitle + 6;
}

/** One panel: axes, grid, curves, titles. */
export function panelMarks(
  panel: Panel,
  styleOf: (series: number) => Style | undefined,
  box: Box,
  own: OwnAxes,
  sheet: Sheet,
): Mark {
  const { type } = sheet;
  const bottom = box.y + box.height;
  const xTicks = ticks(panel.x, box.width, true, type.label);
  const yTicks = ticks(panel.y, box.height, false, type.label);
  const grid = yTicks.map(({ at }) => `M${n(box.x)},${n(bottom - at)}h${n(box.width)}`).join("");
  const frame = [
    `M${n(box.x)},${n(box.y)}v${n(box.height)}h${n(box.width)}`,
    ...xTicks.map(({ at }) => `M${n(box.x + at)},${n(bottom)}v${tickLength}`),
    ...(own.y ? yTicks.map(({ at }) => `M${n(box.x)},${n(bottom - at)}h${-tickLength}`) : []),
  ].join("");
  const marks: Mark[] = [
    { kind: "path", d: grid, stroke: gridInk, width: 0.5 },
    { kind: "path", d: frame, stroke: axisInk, width: 0.6 },
    ...curveMarks(panel, styleOf, box, sheet),
  ];
  if (own.x) {
    const baseline = bottom + tickLength + type.label;
    for (const tick of xTicks) {
      if (tick.text === null) continue;
      marks.push(text(tick.text, inside(box.x + tick.at, tick.text, sheet), baseline, type.label, { align: "center" }));
    }
    const below = baseline + type.axisTitle + 1;
    marks.push(text(axisTitle(panel.x), box.x + box.width / 2, below, type.axisTitle, { align: "center" }));
  }
  if (own.y) {
    const shown = yTicks.flatMap((tick) => (tick.text === null ? [] : [{ ...tick, text: tick.text }]));
    const widest = Math.max(0, ...shown.map((tick) => textWidth(tick.text, type.label)));
    for (const tick of shown)
      marks.push(
        text(tick.text, box.x - tickLength - 1.5, bottom - tick.at + 0.33 * type.label, type.label, { align: "right" }),
      );
    const title = axisTitle(panel.y);
    // A title that is longer than a low panel is set smaller, so that it does not reach the panels above and below.
    const size = Math.max(leastType, Math.min(type.axisTitle, (box.height + 4) / textWidth(title, 1)));
    marks.push(
      text(title, box.x - tickLength - widest - 4.5, box.y + box.height / 2, size, {
        align: "center",
        upright: true,
      }),
    );
  }
  if (panel.title !== "")
    marks.push(
      text(panel.title, box.x + box.width / 2, box.y - 3, type.axisTitle, { align: "center", color: ink, bold: true }),
    );
  return { kind: "group", description: panel.description, marks };
}

/** Keeps a centred label on the page. */
function inside(x: number, words: string, { width, type }: Sheet): number {
  return Math.min(x, width - textWidth(words, type.label) / 2 - 0.5);
}

function n(value: number): number {
  return Math.round(value * 100) / 100;
}
