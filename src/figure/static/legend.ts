import type { ColorBar, Figure, LegendKey, Style } from "../figure.ts";
import { dashArrays, ink, type Mark, markerPath, text } from "./marks.ts";
import type { Sheet } from "./sheet.ts";
import { shorten, textWidth } from "./text.ts";

/** Marks that lie below each other, and how much room they take. */
export interface Block {
  readonly marks: readonly Mark[];
  readonly height: number;
}

/** The one legend of all panels, in a column or band of that width whose upper left corner is at (left, top). */
export function legendBlock({ legend, series }: Figure, left: number, top: number, width: number, sheet: Sheet): Block {
  if (legend.kind === "series")
    return keysBlock(
      series.map(({ label, style }) => ({ label, style })),
      left,
      top,
      width,
      sheet,
    );
  const { type } = sheet;
  const marks: Mark[] = [];
  let y = top;
  if (legend.bar !== null) {
    const block = barBlock(legend.bar, left, y, width, sheet);
    marks.push(...block.marks);
    y += block.height;
  }
  for (const { label, keys } of legend.groups) {
    marks.push(text(label, left, y + type.legend, type.legend, { bold: true }));
    const beside = textWidth(label, type.legend) * 1.06 + type.legend;
    const widest = Math.max(0, ...keys.map((key) => keyWidth(key.label, sheet)));
    const isBeside = beside + widest <= width;
    if (!isBeside) y += lineHeight(sheet);
    const block = keysBlock(keys, left + (isBeside ? beside : 0), y, width - (isBeside ? beside : 0), sheet);
    marks.push(...block.marks);
    y += block.height;
  }
  return { marks, height: y - top };
}

type Key = Pick<LegendKey, "label" | "style">;

const lineHeight = ({ type }: Sheet) => 1.4 * type.legend;
const sampleWidth = ({ type }: Sheet) => 2.6 * type.legend;
const keyWidth = (label: string, sheet: Sheet) =>
  sampleWidth(sheet) + 0.5 * sheet.type.legend + textWidth(label, sheet.type.legend);

/** Keys in columns, column by column: of a grid, the factor that changes slowest has a column for each of its values. */
function keysBlock(keys: readonly Key[], left: number, top: number, width: number, sheet: Sheet): Block {
  const gap = 1.4 * sheet.type.legend;
  const widest = Math.max(0, ...keys.map(({ label }) => keyWidth(label, sheet)));
  const columns = columnsOf(keys.length, Math.max(1, Math.floor((width + gap) / (widest + gap))));
  const lines = Math.ceil(keys.length / columns);
  const marks = keys.flatMap((key, i) =>
    keyMarks(key, left + Math.floor(i / lines) * (widest + gap), top + (i % lines) * lineHeight(sheet), width, sheet),
  );
  return { marks, height: lines * lineHeight(sheet) };
}

/** As many columns as fit, fewer if that leaves no gap in the last one: a grid's cells then stay a grid. */
function columnsOf(keys: number, most: number): number {
  const fitting = Math.max(1, Math.min(keys, most));
  const even = Array.from({ length: fitting }, (_, i) => fitting - i).find((columns) => keys % columns === 0);
  return even === undefined || even === 1 ? fitting : even;
}

function keyMarks({ label, style }: Key, x: number, top: number, width: number, sheet: Sheet): Mark[] {
  const size = sheet.type.legend;
  const after = sampleWidth(sheet) + 0.5 * size;
  return [
    ...sample(style, x, top + 0.7 * size, sheet),
    text(shorten(label, width - after, size), x + after, top + size, size),
  ];
}

function sample({ color = ink, marker, dash }: Partial<Style>, x: number, y: number, sheet: Sheet): Mark[] {
  const width = sampleWidth(sheet);
  const line: Mark = {
    kind: "path",
    d: `M${n(x)},${n(y)}h${n(width)}`,
    stroke: color,
    width: 1.2 * sheet.line,
    dash: dashArrays[dash ?? "solid"],
  };
  if (marker === undefined) return [line];
  const point: Mark = { kind: "path", d: markerPath(marker, x + width / 2, y, 1.25 * sheet.mark), fill: color };
  return [line, point];
}

function barBlock(bar: ColorBar, left: number, top: number, width: number, sheet: Sheet): Block {
  const size = sheet.type.legend;
  const name = textWidth(bar.label, size) * 1.06 + 1.5 * size;
  const first = left + name;
  const length = Math.min(width - name - 2 * size, 18 * size);
  const stop = length / bar.stops.length;
  const cells = bar.stops.map(
    (fill, i): Mark => ({
      kind: "rect",
      x: n(first + i * stop),
      y: n(top + 0.2 * size),
      // Some overlap, or renderers show seams.
      width: n(stop + (i < bar.stops.length - 1 ? 0.4 : 0)),
      height: n(0.8 * size),
      fill,
    }),
  );
  let end = Number.NEGATIVE_INFINITY;
  const ticks = bar.ticks.flatMap(({ at, text: words }): Mark[] => {
    const x = first + at * length;
    const half = textWidth(words, sheet.type.label) / 2 + 2;
    if (x - half < end) return [];
    end = x + half;
    return [text(words, x, top + 2 * size, sheet.type.label, { align: "center" })];
  });
  return { marks: [text(bar.label, left, top + size, size, { bold: true }), ...cells, ...ticks], height: 2.5 * size };
}

function n(value: number): number {
  return Math.round(value * 100) / 100;
}
