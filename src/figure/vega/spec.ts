import type { Mark, Spec } from "vega";
import type { Figure } from "../figure.ts";
import { fontSizes, page, panelTop, placePanels, rowHeight } from "./layout.ts";
import { type Block, legendBlock } from "./legend.ts";
import { quietInk, text } from "./mark.ts";
import { panelMark } from "./panel.ts";
import { fontFamily, wrap } from "./text.ts";

const captionLine = 11;

/**
 * A figure as a Vega 6 specification with fixed geometry: title, notes and legend on top, rows of panels, and the
 * caption at the foot. Nothing overlaps the data.
 *
 * @param put what to put in place of the path of curves, by default the path itself
 */
export function vegaSpec(figure: Figure, put: (path: string) => string = (path) => path): Spec {
  const title = text({ text: figure.title, x: page.left, y: 15, size: fontSizes.title, weight: 600 });
  const notes = lines(figure.notes, 21);
  const legend = legendBlock(figure, 24 + notes.height);
  let top = 24 + notes.height + legend.height + 8;
  const rows: Mark[] = [];
  for (const row of figure.rows) {
    rows.push(text({ text: row.title, x: page.left, y: top + 12, size: fontSizes.rowTitle, weight: 600 }));
    rows.push(...placePanels(row).map((placed) => panelMark(placed, figure, top + panelTop, put)));
    top += rowHeight;
  }
  const caption = lines([figure.caption.split(" · ").map(unbroken).join(" · ")], top - 4);
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    description: [figure.title, ...figure.rows.flatMap((row) => row.panels.map((panel) => panel.description))].join(
      " ",
    ),
    width: page.width,
    height: top + caption.height + 2,
    padding: 0,
    autosize: "none",
    background: "#ffffff",
    config: { text: { font: fontFamily }, axis: { labelFont: fontFamily } },
    marks: [title, ...notes.marks, ...legend.marks, ...rows, ...caption.marks],
  };
}

/** A short part of the caption, such as "torch 2.9.0", stays on one line. */
function unbroken(part: string): string {
  return part.length < 30 ? part.replaceAll(" ", "\u00a0") : part;
}

function lines(sentences: readonly string[], top: number): Block {
  const width = page.width - page.left - page.right;
  const wrapped = sentences.flatMap((sentence) => wrap(sentence, width, fontSizes.caption));
  const marks = wrapped.map((line, i) =>
    text({ text: line, x: page.left, y: top + 9 + i * captionLine, size: fontSizes.caption, color: quietInk }),
  );
  return { marks, height: wrapped.length * captionLine };
}
