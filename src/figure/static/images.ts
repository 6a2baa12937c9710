import type { Figure } from "../figure.ts";
import type { FrameFigure } from "../frames.ts";
import { drawFigure, svgDocument } from "./drawing.ts";
import { charactersOf, embeddedFonts, fontFiles, withFonts } from "./fonts.ts";
import { drawHeatMaps } from "./heatMap.ts";
import { type Drawing, ink, type Mark, type TextMark } from "./marks.ts";
import { defaultWidth, inchesOf, sheetOf } from "./sheet.ts";

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

/** A drawing as a PDF of one page of its size, with the glyphs that it uses. Characters that the font lacks are boxes. */
export async function pdfDocument({ width, height, description, marks }: Drawing): Promise<Uint8Array> {
  const { default: PDFDocument } = await import("pdfkit");
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    info: { Title: description.slice(0, 200), Creator: "l1probe" },
  });
  const [regular = "", bold = ""] = fontFiles();
  document.registerFont("regular", regular).registerFont("bold", bold);
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    document.on("end", resolve);
    document.on("error", reject);
  });
  for (const mark of marks) put(document, mark);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

function put(document: PDFKit.PDFDocument, mark: Mark): void {
  switch (mark.kind) {
    case "group":
      for (const inner of mark.marks) put(document, inner);
      return;
    case "rect":
      document.rect(mark.x, mark.y, mark.width, mark.height).fill(mark.fill);
      return;
    case "text":
      putText(document, mark);
      return;
    case "path": {
      const { d, stroke, fill, width = 1, dash = [], opacity = 1 } = mark;
      document.save();
      if (fill !== undefined) document.path(d).fillOpacity(opacity).fill(fill);
      if (stroke !== undefined) {
        document.path(d).lineWidth(width).lineJoin("round");
        // The types lack what pdfkit documents: lengths of dashes and gaps as a list.
        if (dash.length > 0) document.dash([...dash] as unknown as number, {});
        document.stroke(stroke);
      }
      document.restore();
    }
  }
}

function putText(document: PDFKit.PDFDocument, { text, x, y, size, color, bold, align, upright }: TextMark): void {
  document.save();
  document.font(bold === true ? "bold" : "regular", size).fillColor(color ?? ink);
  const width = document.widthOfString(text);
  document.translate(x, y);
  if (upright === true) document.rotate(-90);
  const shift = align === "center" ? width / 2 : align === "right" ? width : 0;
  document.text(text, -shift, 0, { baseline: "alphabetic", lineBreak: false });
  document.restore();
}
