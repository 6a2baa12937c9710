import { ProbeError } from "../../errors.ts";

/** How wide a static figure is, and how large what is on it; lengths in pt, 72 to the inch. */
export interface Sheet {
  readonly width: number;
  /** Of a slide, whose panels fill it; null if a figure is as high as it needs to be. */
  readonly height: number | null;
  /** Panels side by side. */
  readonly columns: number;
  readonly margin: number;
  readonly panelHeight: number;
  /** Type sizes; none is below 6.5 pt. */
  readonly type: {
    readonly title: number;
    readonly rowTitle: number;
    readonly axisTitle: number;
    readonly label: number;
    readonly legend: number;
    readonly caption: number;
  };
  /** Widths of a curve and of a mark. */
  readonly line: number;
  readonly mark: number;
}

const pointsPerInch = 72;
/** Below this width two panels, from it three side by side. */
const wideFrom = 5 * pointsPerInch;
const inches = { least: 3, most: 20 };

const print = { title: 9, rowTitle: 7.5, axisTitle: 7, label: 6.5, legend: 7, caption: 6.5 };

/**
 * A sheet for a figure of that width: `3.3in` (a column of a two-column paper), `6.9in` (its full width), any other
 * number of inches, or `slide` (16:9).
 *
 * @throws ProbeError kind input
 */
export function sheetOf(width: string): Sheet {
  if (width === "slide")
    return {
      width: 960,
      height: 540,
      columns: 3,
      margin: 24,
      panelHeight: 100,
      type: { title: 20, rowTitle: 14, axisTitle: 13, label: 12, legend: 13, caption: 10 },
      line: 1.8,
      mark: 5.5,
    };
  const [, digits] = /^(\d+(?:\.\d+)?)in$/.exec(width) ?? [];
  const value = Number(digits);
  if (!(value >= inches.least && value <= inches.most))
    throw new ProbeError(
      "input",
      `--width is ${width}; it must be slide, or inches from ${inches.least}in to ${inches.most}in, like 3.3in for one column of a paper or 6.9in for its full width.`,
      { path: "--width" },
    );
  const points = value * pointsPerInch;
  const wide = points >= wideFrom;
  return {
    width: points,
    height: null,
    columns: wide ? 3 : 2,
    margin: 3,
    panelHeight: wide ? 86 : 66,
    type: print,
    line: 0.9,
    mark: 3,
  };
}

/** The width of a figure that nobody asks another of: the full width of a paper in two columns. */
export const defaultWidth = "6.9in";

/** A sheet in inches, for pictures of points. */
export function inchesOf({ width }: Pick<Sheet, "width">): number {
  return width / pointsPerInch;
}

/** The width between the margins. */
export function inner({ width, margin }: Sheet): number {
  return width - 2 * margin;
}
