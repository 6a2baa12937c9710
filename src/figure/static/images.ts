import type { Figure } from "../figure.ts";
import type { FrameFigure } from "../frames.ts";
import { drawFigure } from "./drawing.ts";
import { charactersOf, embeddedFonts, fontFiles, withFonts } from "./fonts.ts";
import { drawHeatMaps } from "./heatMap.ts";
import type { Drawing } from "./marks.ts";
import { pdfDocument } from "./pdf.ts";
import { defaultWidth, inchesOf, sheetOf } from "./sheet.ts";
import { svgDocument } from "./svg.ts";

/** A figure as a picture for a paper. */
export interface StaticFigure {
  /** Without fonts, for a page. */
  readonly bare: string;
  /** Puts the fonts into the SVG document, which takes memory: best when what else is big is done. */
  readonly svg: () => Promise<string>;
  /** The same as PNG bytes, which another thread makes meanwhile. */
  readonly png: Promise<Uint8Array>;
  readonly pdf: () => Promise<Uint8Array>;
}

/** @param width as `sheetOf` reads it */
export function staticFigure(figure: Figure, width: string = defaultWidth): StaticFigure {
  const drawing = drawFigure(figure, sheetOf(width));
  const svg = svgDocument(drawing);
  return { bare: svg, png: rasterize(svg, drawing), svg: () => fontsInside(svg), pdf: () => pdfDocument(drawing) };
}

/** A figure as an SVG document with its fonts. */
export async function svgFigure(figure: Figure, width: string = defaultWidth): Promise<string> {
  return fontsInside(svgDocument(drawFigure(figure, sheetOf(width))));
}

export async function pngFigure(figure: Figure, width: string = defaultWidth): Promise<Uint8Array> {
  const drawing = drawFigure(figure, sheetOf(width));
  return rasterize(svgDocument(drawing), drawing);
}

/** Heat maps as an SVG document with its fonts. */
export async function heatMapFigure(figure: FrameFigure): Promise<string> {
  return fontsInside(svgDocument(drawHeatMaps(figure)));
}

async function fontsInside(svg: string): Promise<string> {
  return withFonts(svg, await embeddedFonts(charactersOf(svg)));
}

const dotsPerInch = 300;

/** An SVG document as PNG bytes of 300 dots per inch, drawn in another thread. */
async function rasterize(svg: string, drawing: Drawing): Promise<Uint8Array> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const image = await renderAsync(svg, {
    fitTo: { mode: "width", value: Math.round(inchesOf(drawing) * dotsPerInch) },
    // System fonts cost time and differ between machines: only a prompt in another script needs them.
    font: {
      fontFiles: fontFiles(),
      loadSystemFonts: beyondFont(charactersOf(svg)),
      defaultFontFamily: "Source Sans 3",
      sansSerifFamily: "Source Sans 3",
    },
  });
  return image.asPng();
}

/** Whether a text has characters beyond Latin, Greek and common signs, for which the figures' own font has no glyphs. */
function beyondFont(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0x3ff && !(code >= 0x2000 && code <= 0x22ff);
  });
}
