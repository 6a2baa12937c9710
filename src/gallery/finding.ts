import { ProbeError } from "../errors.ts";
import type { MeasuredCell } from "./measured.ts";

/** The figures that the gallery can show of an experiment. */
export type FigureKind =
  /** The article's panels. */
  | "article"
  /** The mean of |x| of each signal. */
  | "sizes"
  /** The schedules over each other, as in the article's first figure. */
  | "schedules";

/** One experiment's place in the gallery, and what it shows on the bundled model. */
export interface Finding {
  /** The experiment's name, and its file's. */
  readonly name: string;
  readonly title: string;
  readonly figures: readonly FigureKind[];
  /** Commands that belong to it beside the sweep. */
  readonly commands?: readonly string[];
  /**
   * Whether its cells name models of their own, so that a server starts for each: made only when it is asked for, as
   * that takes minutes.
   */
  readonly ownModels?: boolean;
  /** Whether the article's table is shown. */
  readonly table?: boolean;
  /**
   * Two or three sentences about the measured cells.
   *
   * @param of the cells of another experiment, to compare with; null where it was not measured
   * @throws ProbeError kind failed where a sentence is not true of them
   */
  shows(cells: Cells, of: (name: string) => Cells | null): string;
}

/** The measured cells of one experiment. */
export interface Cells {
  readonly all: readonly MeasuredCell[];
  /** The one cell that has these values. */
  at(axes: MeasuredCell["axes"]): MeasuredCell;
}

export function cellsOf(name: string, all: readonly MeasuredCell[]): Cells {
  return {
    all,
    at(axes) {
      const wanted = Object.entries(axes);
      const found = all.filter((cell) => wanted.every(([axis, value]) => cell.axes[axis] === value));
      const [only, second] = found;
      if (only !== undefined && second === undefined) return only;
      throw new ProbeError(
        "failed",
        `${name} has ${found.length} cells with ${JSON.stringify(axes)}, and its sentences need one; change src/gallery/findings/${name}.ts with the experiment.`,
      );
    },
  };
}

/**
 * A sentence, if it is true.
 *
 * @throws ProbeError kind failed: the numbers no longer bear it out
 */
export function claim(holds: boolean, sentence: string): string {
  if (holds) return sentence;
  throw new ProbeError(
    "failed",
    `The gallery may not say this any more: "${sentence}" Say what is true now, in src/gallery/findings.`,
  );
}

/** A measured value for a sentence: three significant digits, those of a value below 1000. */
export function said(value: number): string {
  return value.toPrecision(3);
}

/** A ratio for a sentence, as percent with two significant digits. */
export function percent(ratio: number): string {
  return `${Number((100 * ratio).toPrecision(2))} %`;
}

/** How far the largest of some values is above the smallest, as a ratio less 1. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values) - 1;
}

/** `0.100 to 0.300`, the least and the largest of some values. */
export function span(values: readonly number[]): string {
  return `${said(Math.min(...values))} to ${said(Math.max(...values))}`;
}

export function falls(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value < (values[i - 1] ?? value));
}

export function rises(values: readonly number[]): boolean {
  return falls(values.map((value) => -value));
}

/** Whether a curve is largest in its last step. */
export function endsHighest({ maximum, last }: MeasuredCell["cond"]): boolean {
  return maximum.fraction === last.fraction;
}
