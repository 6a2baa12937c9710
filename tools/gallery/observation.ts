import { ProbeError } from "../../src/errors.ts";
import type { MeasuredCell } from "./measured.ts";

/** The figures that the gallery can show of an experiment. */
export type FigureKind =
  /** Relative L1 against step and timestep, and the schedule: three panels per metric. */
  | "curves"
  /** Mean absolute value of each signal. */
  | "mean-abs"
  /** All schedules in one plot, as in the first figure of docs/article.md. */
  | "schedules";

/** One experiment of the gallery and what it shows on the bundled model. */
export interface Observation {
  /** The experiment's name, and its file's. */
  readonly name: string;
  readonly title: string;
  readonly figures: readonly FigureKind[];
  /** Commands to show after the sweep. */
  readonly commands?: readonly string[];
  /**
   * Whether its cells name their own models, each of which needs a server: runs only by name, since that takes
   * minutes.
   */
  readonly ownModels?: boolean;
  /** Whether to show the table of mean absolute values. */
  readonly table?: boolean;
  /**
   * Two or three sentences about the measured cells.
   *
   * @param of the cells of another experiment, for comparison; null if it was not measured
   * @throws ProbeError kind failed if the measured numbers contradict a sentence
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
        `${name} has ${found.length} cells with ${JSON.stringify(axes)}, but its sentences need exactly one; change tools/gallery/observations/${name}.ts with the experiment.`,
      );
    },
  };
}

/**
 * A sentence, provided that it is true.
 *
 * @throws ProbeError kind failed if the numbers contradict it
 */
export function claim(holds: boolean, sentence: string): string {
  if (holds) return sentence;
  throw new ProbeError(
    "failed",
    `The measured numbers contradict this sentence: "${sentence}" Correct it in tools/gallery/observations.`,
  );
}

/** A measured value for a sentence, with three significant digits. */
export function said(value: number): string {
  return value.toPrecision(3);
}

/** A ratio for a sentence, as percent with two significant digits. */
export function percent(ratio: number): string {
  return `${Number((100 * ratio).toPrecision(2))} %`;
}

/** Largest over smallest value, minus 1. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values) - 1;
}

/** The smallest and largest value: `0.100 to 0.300`. */
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
