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
