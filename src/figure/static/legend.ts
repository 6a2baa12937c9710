import type { GroupMark, Mark } from "vega";
import type { ColorBar, Figure, LegendKey, Style } from "../figure.ts";
import { fontSizes, page, textWidth } from "./layout.ts";
import { dashArrays, ink, markerPath, text } from "./marks.ts";

const lineHeight = 14;
const sampleWidth = 22;
const sampleMark = 4.9;
const gap = 14;
const barWidth = 150;
const barHeight = 8;

/** Marks that lie below each other, and how much room they take. */
export interface Block {
  readonly marks: readonly Mark[];
  readonly height: number;
}

/** The one legend of all panels, from x = page.left and with its top at `top`. */
export function legendBlock(figure: Figure, top: number): Block {
  const { legend, series } = figure;
  if (legend.kind === "series")
    return keysBlock(
      series.map(({ label, style }) => ({ label, style })),
      page.left,
      top,
    );
  const bar = legend.bar === null ? { marks: [], height: 0 } : barBlock(legend.bar, top);
  let y = top + bar.height;
  const marks = [...bar.marks];
  for (const { label, keys } of legend.groups) {
    marks.push(text({ text: label, x: page.left, y: y + 10, size: fontSizes.legend, weight: 600 }));
    const block = keysBlock(keys, page.left + textWidth(label, fontSizes.legend) + gap, y);
    marks.push(...block.marks);
    y += block.height;
  }
  return { marks, height: y - top };
}

/** Keys in columns, column by column: of a grid, the factor that changes slowest has a column for each of its values. */
function keysBlock(keys: readonly LegendKey[], left: number, top: number): Block {
  const longest = keys.reduce((most, key) => Math.max(most, textWidth(key.label, fontSizes.legend)), 0);
  const column = sampleWidth + 5 + longest + gap;
  const columns = columnsOf(keys.length, Math.floor((page.width - left - page.right + gap) / column));
  const lines = Math.ceil(keys.length / columns);
  const marks = keys.flatMap((key, i) =>
    keyMarks(key, left + Math.floor(i / lines) * column, top + (i % lines) * lineHeight),
  );
  return { marks, height: lines * lineHeight };
}

/** As many columns as fit, fewer where that leaves no gap in the last one: a grid's cells then stay a grid. */
function columnsOf(keys: number, fit: number): number {
  const most = Math.max(1, Math.min(keys, fit));
  const even = Array.from({ length: most }, (_, i) => most - i).find((columns) => keys % columns === 0);
  return even === undefined || even === 1 ? most : even;
}

function keyMarks({ label, style }: LegendKey, x: number, top: number): Mark[] {
  const middle = top + 7;
  const shown = Object.keys(style).length > 0;
  return [
    ...(shown ? sample(style, x, middle) : []),
    text({ text: label, x: x + (shown ? sampleWidth + 5 : 0), y: middle + 3, size: fontSizes.legend }),
  ];
}

function sample({ color = ink, marker, dash = "solid" }: Partial<Style>, x: number, y: number): Mark[] {
  const line: Mark = {
    type: "path",
    encode: {
      enter: {
        path: { value: `M${x},${y}L${x + sampleWidth},${y}` },
        stroke: { value: color },
        strokeWidth: { value: 1.4 },
        strokeDash: { value: [...dashArrays[dash]] },
      },
    },
  };
  if (marker === undefined) return [line];
  const path = markerPath(marker, x + sampleWidth / 2, y, sampleMark);
  return [line, { type: "path", encode: { enter: { path: { value: path }, fill: { value: color } } } }];
}

function barBlock(bar: ColorBar, top: number): Block {
  const left = page.left + textWidth(bar.label, fontSizes.legend) + gap;
  const stop = barWidth / bar.stops.length;
  const cells: GroupMark = {
    type: "group",
    marks: bar.stops.map((color, i) => ({
      type: "rect",
      encode: {
        enter: {
          x: { value: left + i * stop },
          y: { value: top + 2 },
          // Half a px of overlap, or renderers show seams.
          width: { value: stop + (i < bar.stops.length - 1 ? 0.5 : 0) },
          height: { value: barHeight },
          fill: { value: color },
        },
      },
    })),
  };
  const ticks = bar.ticks.map(({ at, text: label }) =>
    text({ text: label, x: left + at * barWidth, y: top + barHeight + 12, size: fontSizes.label, align: "center" }),
  );
  const name = text({ text: bar.label, x: page.left, y: top + 10, size: fontSizes.legend, weight: 600 });
  return { marks: [name, cells, ...ticks], height: barHeight + 18 };
}
