import type { Figure } from "../figure.ts";
import type { FrameFigure } from "../frames.ts";
import { charactersOf, embeddedFonts, fontFiles, withFonts } from "./fonts.ts";
import { heatMapSvg } from "./heatMap.ts";
import { renderSvg } from "./svgWriter.ts";

/** A figure as a picture for a paper. */
export interface StaticFigure {
  /** Puts the fonts into the SVG document, which takes memory: best when what else is big is done. */
  readonly svg: () => Promise<string>;
  /** The same as PNG bytes, which another thread makes meanwhile. */
  readonly png: Promise<Uint8Array>;
}

export async function staticFigure(figure: Figure): Promise<StaticFigure> {
  const svg = await renderSvg(figure);
  return { png: rasterize(svg), svg: () => fontsInside(svg) };
}

/** The SVG alone, where no PNG is wanted. */
export async function svgFigure(figure: Figure): Promise<string> {
  return fontsInside(await renderSvg(figure));
}

/** The PNG alone. */
export async function pngFigure(figure: Figure): Promise<Uint8Array> {
  return rasterize(await renderSvg(figure));
}

/** Heat maps as an SVG document with its fonts. */
export async function heatMapFigure(figure: FrameFigure): Promise<string> {
  return fontsInside(heatMapSvg(figure));
}

async function fontsInside(svg: string): Promise<string> {
  return withFonts(svg, await embeddedFonts(charactersOf(svg)));
}

/**
 * An SVG document as PNG bytes, drawn in another thread.
 *
 * @param scale pixels for each px of the document; 3 gives 295 dots per inch at 5.5 inches
 */
async function rasterize(svg: string, scale = 3): Promise<Uint8Array> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const image = await renderAsync(svg, {
    fitTo: { mode: "zoom", value: scale },
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
