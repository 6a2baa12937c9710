import type { AxisOfPanel, Panel, PanelRow } from "../figure.ts";

/*
 * Where things lie on a static figure, in px. It is drawn 540 px wide: at the 5.5 inches of a one-column paper its
 * smallest text is 6.6 pt, at the 7 inches of a two-column paper's full width 8.4 pt.
 */

export const page = { width: 540, left: 46, right: 14, panelHeight: 104 };
export const fontSizes = { title: 12, rowTitle: 10.5, axisTitle: 10, label: 9, legend: 10, caption: 9 };

/** Space before a panel with a y axis of its own, and before one that shares it with its neighbour. */
const ownAxisGap = 58;
const sharedAxisGap = 16;
const rowTitleHeight = 19;
const xAxisHeight = 32;
const rowGap = 8;

export interface PlacedPanel {
  readonly panel: Panel;
  readonly x: number;
  readonly width: number;
  /** Whether the y axis is written out, or read from the panel to the left. */
  readonly ownAxis: boolean;
}

/** The panels of a row side by side, all of one width. */
export function placePanels(row: PanelRow): PlacedPanel[] {
  const own = row.panels.map((panel, i) => i === 0 || !sharesAxis(panel, row.panels[i - 1]));
  const gaps = own.map((isOwn, i) => (i === 0 ? 0 : isOwn ? ownAxisGap : sharedAxisGap));
  const free = page.width - page.left - page.right - gaps.reduce<number>((total, gap) => total + gap, 0);
  const width = Math.floor(free / row.panels.length);
  let x = page.left;
  return row.panels.map((panel, i) => {
    x += gaps[i] ?? 0;
    const placed = { panel, x, width, ownAxis: own[i] ?? true };
    x += width;
    return placed;
  });
}

/** Height of one row of panels with its title and axes. */
export const rowHeight = rowTitleHeight + page.panelHeight + xAxisHeight + rowGap;

/** Top of the panels within their row. */
export const panelTop = rowTitleHeight;

/** Where values lie on an axis that is `length` px long, from its lower end. */
export function positions({ scale, domain: [low, high] }: AxisOfPanel, length: number): (value: number) => number {
  if (scale === "linear") return (value) => (length * (value - low)) / (high - low);
  const [first, span] = [Math.log(low), Math.log(high) - Math.log(low)];
  return (value) => (length * (Math.log(value) - first)) / span;
}

function sharesAxis(panel: Panel, before: Panel | undefined): boolean {
  return before?.y === panel.y;
}

/** The family that is embedded, then what stands in for it in programs that ignore embedded fonts. */
export const fontFamily = "'Source Sans 3', 'Source Sans Pro', Helvetica, Arial, sans-serif";

/** Advances of the printable ASCII characters in Source Sans 3 Regular, from U+0020, in thousandths of an em. */
// biome-ignore format: sixteen a line
const advances = [
  200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350,
  497, 497, 497, 497, 497, 497, 497, 497, 497, 497, 249, 249, 497, 497, 497, 425,
  847, 543, 588, 571, 615, 527, 494, 617, 652, 263, 479, 579, 486, 727, 647, 664,
  566, 664, 569, 534, 536, 645, 515, 786, 513, 476, 539, 303, 350, 303, 497, 500,
  542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542,
  555, 555, 347, 419, 338, 544, 467, 719, 446, 467, 425, 303, 241, 303, 497,
];

/** Stands for characters beyond ASCII: Greek and signs are narrower, ideographs as wide. */
const otherAdvance = 600;
const ideographAdvance = 1000;

/** Width in px of a text of one line in the regular weight, kerning aside. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const character of text) width += advance(character.codePointAt(0) ?? 0);
  return (width * fontSize) / 1000;
}

function advance(code: number): number {
  return advances[code - 0x20] ?? (code >= 0x2e80 ? ideographAdvance : otherAdvance);
}

/** Breaks a text at spaces into lines of at most `width` px; a longer word keeps a line to itself. */
export function wrap(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && textWidth(`${line} ${word}`, fontSize) <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
