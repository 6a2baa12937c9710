import type { Figure } from "../figure/figure.ts";
import { charactersOf, withFonts } from "../figure/vega/fonts.ts";
import { renderSvg } from "../figure/vega/render.ts";
import { embeddedFonts } from "./fonts.ts";
import { rasterize } from "./raster.ts";

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

async function fontsInside(svg: string): Promise<string> {
  return withFonts(svg, await embeddedFonts(charactersOf(svg)));
}
