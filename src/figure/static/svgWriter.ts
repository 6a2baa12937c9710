import type { Mark, Spec } from "vega";
import type { Figure } from "../figure.ts";
import { fontFamily, fontSizes, page, panelTop, placePanels, rowHeight, wrap } from "./layout.ts";
import { type Block, legendBlock } from "./legend.ts";
import { quietInk, text } from "./marks.ts";
import { panelMark } from "./panel.ts";

type Vega = typeof import("vega");

/**
 * A figure as one SVG document. Text stays text in `fontFamily`, which the caller embeds with `withFonts`.
 */
export async function renderSvg(figure: Figure): Promise<string> {
  const vega = await loadVega();
  const placeholders = new Placeholders();
  const spec = vegaSpec(figure, (path) => placeholders.put(path));
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    return placeholders.restore(minify(await view.toSVG()));
  } finally {
    view.finalize();
  }
}

const captionLine = 11;

/**
 * A figure as a Vega 6 specification with fixed geometry: title, notes and legend on top, rows of panels below, the
 * caption at the bottom. Nothing overlaps the data.
 *
 * @param put maps the path of a curve to what Vega draws; by default the path itself
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

/** Keeps a short part of the caption, such as "torch 2.9.0", on one line. */
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

/** An x left of every page, where no mark lies. */
const offPage = -99_999;

/**
 * Short paths that Vega draws in place of long ones. Vega parses and measures every path, which for a thousand cells
 * takes longer than everything else, and no position on the page depends on it.
 */
export class Placeholders {
  private readonly paths: string[] = [];

  /** Stores a path of absolute moves and lines, and returns its placeholder. */
  put(path: string): string {
    this.paths.push(path);
    return `M${offPage},${this.paths.length - 1}`;
  }

  /**
   * Replaces each placeholder in a document by its path.
   *
   * @throws Error if one is missing or occurs twice
   */
  restore(svg: string): string {
    const missing = new Set(this.paths.keys());
    const restored = svg.replaceAll(new RegExp(` d="M${offPage},(\\d+)"`, "g"), (_, digits: string) => {
      const index = Number(digits);
      if (!missing.delete(index)) throw new Error(`path ${index} is drawn twice`);
      return ` d="${this.paths[index]}"`;
    });
    if (missing.size > 0) throw new Error(`${missing.size} of ${this.paths.length} paths are not drawn`);
    return restored;
  }
}

/** Attributes that Vega writes on every element though they change nothing: defaults, and roles of unnamed marks. */
const idle = [
  ' transform="translate(0,0)"',
  ' stroke-dasharray=""',
  ' opacity="1"',
  / role="graphics-(?:object|symbol)" aria-roledescription="(?:path|symbol|text|rect) mark container"/g,
];

/** The same picture in fewer bytes: names the font once, at the root, and drops attributes that change nothing. */
export function minify(svg: string): string {
  const family = ` font-family="${fontFamily}"`;
  return idle
    .reduce<string>((text, attribute) => text.replaceAll(attribute, ""), svg.replaceAll(family, ""))
    .replace("<svg", `<svg${family}`);
}

let loading: Promise<Vega> | undefined;

/**
 * Vega from its single browser file. Loading its modules one by one takes five times as long: most of them are maps and
 * layouts that no figure here needs.
 */
function loadVega(): Promise<Vega> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Vega> {
  await import(new URL("vega.js", import.meta.resolve("vega")).href);
  // The file is made for a script element and leaves itself in the global scope.
  const vega: Vega = Reflect.get(globalThis, "vega");
  Reflect.deleteProperty(globalThis, "vega");
  return vega;
}
