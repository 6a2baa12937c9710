import { charactersOf } from "../figure/vega/fonts.ts";
import { fontFiles } from "./fonts.ts";

/**
 * An SVG document as PNG bytes, drawn in another thread.
 *
 * @param scale pixels for each px of the document; 3 gives 295 dots per inch at 5.5 inches
 */
export async function rasterize(svg: string, scale = 3): Promise<Uint8Array> {
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
