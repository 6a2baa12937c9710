import type { Figure, Panel, PanelRow } from "../figure.ts";
import { type Block, legendBlock } from "./legend.ts";
import { type Mark, text } from "./marks.ts";
import { belowPanel, besidePanel, panelMarks } from "./panel.ts";
import { inner, type Sheet } from "./sheet.ts";

/** Space between panels: two tick labels meet in it. */
const gapOf = ({ type }: Sheet) => 1.4 * type.label;
/** Room right of the last panel, for half a tick label. */
const right = 3;
/** Facets are many: each is lower than a panel of its own. */
const facetHeight = 0.72;
/** The least height of a panel, on a slide that has too many. */
const leastHeight = 40;

/** Panels side by side, all of one width. */
interface Line {
  /** Empty unless the line begins a row. */
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Whether the x axes are written out, or read from the line below. */
  readonly ownX: boolean;
}

/**
 * The panels and the legend. The schedules have the last column of a wide sheet, or a row of their own; the legend lies
 * below or beside them if it fits there, otherwise above all panels.
 *
 * @param free the height to fill; null for the sheet's own panel height
 */
export function bodyBlock(figure: Figure, top: number, sheet: Sheet, free: number | null): Block {
  const { aside } = figure;
  const gap = gapOf(sheet);
  const rows = staticRows(figure);
  const faceted = figure.facets.length > 0;
  const longest = Math.max(1, ...rows.map(({ panels }) => panels.length));
  const beside = aside !== null && !faceted && sheet.columns > longest ? aside : null;
  const below = beside === null ? aside : null;
  const columns = Math.min(longest, sheet.columns + Number(faceted && sheet.columns > 2));
  const lines: Line[] = [
    ...rows.flatMap(({ title, panels }, i) =>
      linesOf(title, panels, columns, sheet.height === null || i === rows.length - 1),
    ),
    ...(below === null ? [] : [{ title: "", panels: [below], ownX: true }]),
  ];
  const grid = gridOf(lines, columns, beside, sheet);
  const shortLegend = (left: number, height: number) => {
    const block = legendBlock(figure, left, 0, sheet.width - sheet.margin - left, sheet);
    return block.height <= height;
  };
  const heightOf = (line: Line, panelHeight: number) =>
    titleHeight(line, sheet) + panelHeight + belowPanel(sheet, line.ownX) + gap;
  const fixed = lines.reduce((sum, line) => sum + heightOf(line, 0), 0);
  const heightFor = (legendHeight: number) =>
    free === null
      ? sheet.panelHeight * (faceted ? facetHeight : 1)
      : Math.max(leastHeight, (free - fixed - legendHeight) / lines.length);
  const roomBelow = lines.slice(1).reduce((sum, line) => sum + heightOf(line, heightFor(0)), 0);
  const isBelow = beside !== null && shortLegend(grid.gutterLeft(columns), roomBelow - 4);
  const isBeside = below !== null && columns > 1 && shortLegend(grid.gutterLeft(1), heightFor(0) + 20);
  const above = isBelow || isBeside ? null : legendBlock(figure, sheet.margin, top, inner(sheet), sheet);
  const legendHeight = above === null ? 0 : above.height + 4;
  const panelHeight = heightFor(legendHeight);
  const styleOf = (series: number) => figure.series[series]?.style;
  const legendAt = (left: number, y: number) =>
    legendBlock(figure, left, y, sheet.width - sheet.margin - left, sheet).marks;

  const marks: Mark[] = [...(above?.marks ?? [])];
  let y = top + legendHeight;
  for (const [k, line] of lines.entries()) {
    if (line.title !== "")
      marks.push(text(line.title, sheet.margin, y + sheet.type.rowTitle, sheet.type.rowTitle, { bold: true }));
    const panelTop = y + titleHeight(line, sheet);
    const boxAt = (i: number) => ({ x: grid.left(i), y: panelTop, width: grid.width, height: panelHeight });
    for (const [i, panel] of line.panels.entries())
      marks.push(panelMarks(panel, styleOf, boxAt(i), { x: line.ownX, y: ownsY(line, i) }, sheet));
    if (k === 0 && beside !== null)
      marks.push(panelMarks(beside, styleOf, boxAt(columns), { x: true, y: true }, sheet));
    if (isBeside && k === lines.length - 1) marks.push(...legendAt(grid.gutterLeft(1), panelTop));
    y += heightOf(line, panelHeight);
    if (isBelow && k === 0) marks.push(...legendAt(grid.gutterLeft(columns), y + 4));
  }
  return { marks, height: y - top };
}

/**
 * A row's panels, wrapped to the columns. Facets share their axes, so only the lowest of a column writes out its x axis;
 * on a slide, so do rows. */
function linesOf(title: string, panels: readonly Panel[], columns: number, ownX: boolean): Line[] {
  const count = Math.ceil(panels.length / columns);
  return Array.from({ length: count }, (_, i) => ({
    title: i === 0 ? title : "",
    panels: panels.slice(i * columns, (i + 1) * columns),
    // Below the panels of a line's end there may be none.
    ownX: ownX && panels.length < (i + 2) * columns,
  }));
}

function titleHeight({ title, panels }: Line, { type }: Sheet): number {
  const ownTitles = panels.some((panel) => panel.title !== "");
  return (title === "" ? 0 : type.rowTitle + 5) + (ownTitles ? type.axisTitle + 2 : 0);
}

/** Whether a panel's y axis is written out: panels of a line that share it write it once. */
function ownsY({ panels }: Line, i: number): boolean {
  return i === 0 || panels[i - 1]?.y !== panels[i]?.y;
}

/** Where the columns are. */
interface Grid {
  readonly width: number;
  left(column: number): number;
  /** Where the room for a column's y axis begins. */
  gutterLeft(column: number): number;
}

function gridOf(lines: readonly Line[], columns: number, beside: Panel | null, sheet: Sheet): Grid {
  const gap = gapOf(sheet);
  const gutters = Array.from({ length: columns }, (_, i) => {
    const owners = lines.flatMap((line) => (ownsY(line, i) ? (line.panels[i] ?? []) : []));
    return owners.length === 0 ? gap : besidePanel(owners, sheet.panelHeight, sheet) + (i === 0 ? 0 : gap);
  });
  if (beside !== null) gutters.push(besidePanel([beside], sheet.panelHeight, sheet) + gap);
  const before = (count: number) => gutters.slice(0, count).reduce((sum, one) => sum + one, 0);
  const width = (inner(sheet) - right - before(gutters.length)) / gutters.length;
  return {
    width,
    left: (column) => sheet.margin + before(column + 1) + column * width,
    gutterLeft: (column) => sheet.margin + before(column) + column * width + gap,
  };
}

/**
 * The rows of a static figure. With facets, each row has a panel per facet, all with the same axes; a facet of one series
 * shows the others in grey behind it.
 */
export function staticRows({ rows, facets }: Figure): readonly PanelRow[] {
  if (facets.length === 0) return rows;
  return rows.map((row) => {
    const [whole] = row.panels;
    if (whole === undefined) return row;
    const panels = facets.map(({ title, series }): Panel => {
      const traces = whole.traces.filter((trace) => series.includes(trace.series));
      return {
        ...whole,
        key: `${whole.key} ${title}`,
        title,
        description: `${title}: ${whole.description}`,
        traces,
        context: series.length === 1 ? whole.traces.filter((trace) => !series.includes(trace.series)) : [],
      };
    });
    return { ...row, panels };
  });
}
