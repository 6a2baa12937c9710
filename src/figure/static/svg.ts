import { type Drawing, ink, type Mark } from "./marks.ts";
import { fontFamily } from "./text.ts";

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
