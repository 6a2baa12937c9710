import type { Figure } from "../../figure/figure.ts";
import { drawFigure } from "../../figure/static/drawing.ts";
import { defaultWidth, sheetOf } from "../../figure/static/sheet.ts";
import { svgDocument } from "../../figure/static/svg.ts";

/** A figure without the words that the page has around it. */
export function bare(figure: Figure): Figure {
  return { ...figure, title: "", subtitle: [], notes: [], caption: "" };
}

/** A figure as an SVG document for a page. Facets are a document per row, so that print can break pages between them. */
export function stillsOf(figure: Figure): string[] {
  const whole = bare(figure);
  if (figure.facets.length === 0) return [still(whole)];
  return whole.rows.map((row, i) => still({ ...whole, rows: [row], aside: i === 0 ? whole.aside : null }));
}

export function still(figure: Figure): string {
  return svgDocument(drawFigure(figure, sheetOf(defaultWidth)));
}
