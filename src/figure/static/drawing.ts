import { type Figure, panelsOf } from "../figure.ts";
import { bodyBlock } from "./body.ts";
import type { Block } from "./legend.ts";
import { type Drawing, ink, type Mark, quietInk, text } from "./marks.ts";
import { inner, type Sheet } from "./sheet.ts";
import { fontFamily, wrap, wrapTo } from "./text.ts";

/** A subtitle's line is cut after so many lines. */
const mostSubtitleLines = 2;

/** A figure on a sheet: title, subtitle, rows of panels, notes and the caption. Nothing overlaps the data. */
export function drawFigure(figure: Figure, sheet: Sheet): Drawing {
  const head = headBlock(figure, sheet);
  const foot = (top: number) => footBlock(figure, top, sheet);
  const free = sheet.height === null ? null : sheet.height - head.height - foot(0).height - sheet.margin;
  const body = bodyBlock(figure, head.height, sheet, free);
  const below = foot(head.height + body.height);
  const height = Math.ceil(head.height + body.height + below.height + sheet.margin);
  return {
    width: sheet.width,
    height: Math.max(sheet.height ?? 0, height),
    description: [figure.title, ...panelsOf(figure).map(({ description }) => description)].join(" "),
    marks: [...head.marks, ...body.marks, ...below.marks],
  };
}

function headBlock({ title, subtitle }: Figure, sheet: Sheet): Block {
  const { type, margin } = sheet;
  const titles = linesOf(title, inner(sheet), 1.05 * type.title).map((line, i) =>
    text(line, margin, margin + (1 + 1.2 * i) * type.title, type.title, { bold: true }),
  );
  let y = margin + 1.2 * titles.length * type.title + 1;
  // A slide has no room for a line each.
  const parts = sheet.height === null ? subtitle : [subtitle.join(" · ")];
  const lines = parts.flatMap((line) => wrapTo(line, inner(sheet), type.legend, mostSubtitleLines));
  const marks = lines.map((line, i) => text(line, margin, y + (1 + 1.3 * i) * type.legend, type.legend));
  y += 1.3 * lines.length * type.legend + 5;
  return { marks: [...titles, ...marks], height: y };
}

function footBlock({ notes, caption }: Figure, top: number, sheet: Sheet): Block {
  const { type, margin } = sheet;
  const parts = [...notes, caption.split(" · ").map(unbroken).join(" · ")];
  const lines = parts.flatMap((part) => linesOf(part, inner(sheet), type.caption));
  const marks = lines.map((line, i) =>
    text(line, margin, top + (1 + 1.25 * i) * type.caption, type.caption, { color: quietInk }),
  );
  return { marks, height: 1.25 * lines.length * type.caption + 2 };
}

/** Wraps a text; one without a word takes no room. */
function linesOf(words: string, width: number, size: number): string[] {
  return words === "" ? [] : wrap(words, width, size);
}

/** Keeps a short part of the caption, such as "torch 2.9.0", on one line. */
function unbroken(part: string): string {
  return part.length < 30 ? part.replaceAll(" ", "\u00a0") : part;
}

/**
 * A drawing as one SVG document of its size in pt. Text stays text in `fontFamily`, which the caller embeds with
 * `withFonts`.
 */
export function svgDocument({ width, height, description, marks }: Drawing): string {
  const size = `width="${n(width)}pt" height="${n(height)}pt" viewBox="0 0 ${n(width)} ${n(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" font-family="${fontFamily}" ${size} role="img" aria-label="${escaped(description)}"><rect width="${n(width)}" height="${n(height)}" fill="#ffffff"/>${marks.map(element).join("")}</svg>`;
}

function element(mark: Mark): string {
  switch (mark.kind) {
    case "group":
      return `<g role="group" aria-label="${escaped(mark.description)}">${mark.marks.map(element).join("")}</g>`;
    case "rect":
      return `<rect x="${n(mark.x)}" y="${n(mark.y)}" width="${n(mark.width)}" height="${n(mark.height)}" fill="${mark.fill}"/>`;
    case "path": {
      const { d, stroke, fill, width, dash, opacity } = mark;
      const dashes = dash === undefined || dash.length === 0 ? "" : ` stroke-dasharray="${dash.join(" ")}"`;
      const line =
        stroke === undefined
          ? ""
          : ` stroke="${stroke}" stroke-width="${n(width ?? 1)}"${dashes} stroke-linejoin="round"`;
      return `<path fill="${fill ?? "none"}"${line}${opacity === undefined ? "" : ` fill-opacity="${opacity}"`} d="${d}"/>`;
    }
    case "text": {
      const { text, x, y, size, color, bold, align, upright } = mark;
      const anchor =
        align === undefined || align === "left" ? "" : ` text-anchor="${align === "center" ? "middle" : "end"}"`;
      const place = upright === true ? `transform="translate(${n(x)} ${n(y)}) rotate(-90)"` : `x="${n(x)}" y="${n(y)}"`;
      return `<text ${place} font-size="${n(size)}"${bold === true ? ' font-weight="600"' : ""} fill="${color ?? ink}"${anchor}>${escaped(text)}</text>`;
    }
  }
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** To a hundredth of a pt. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
