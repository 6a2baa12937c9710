import { curve, distinctMetrics, frameChange, type Metric } from "../analysis/curve.ts";
import type { Step } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { caption } from "./caption.ts";
import { metricTitles } from "./curves.ts";
import { labels } from "./label.ts";
import { type Range, rangeOf } from "./panel.ts";
import { drawnCells } from "./series.ts";

/** One metric of one cell, latent frame × step. */
export interface FramePanel {
  readonly metric: Metric;
  /** `[latent frame][step]`, dimensionless; null if the step has no value, NaN or infinite as the sums give it. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** The panels of one cell, all of the same number of frames and steps. */
export interface FrameRow {
  /** The cell's id. */
  readonly id: string;
  /** As in the legend of the curves. */
  readonly label: string;
  readonly frames: number;
  readonly steps: number;
  readonly panels: readonly FramePanel[];
}

/** Heat maps of the relative L1, latent frame × step: one row per cell, one colour scale per metric for all cells. */
export interface FrameFigure {
  readonly title: string;
  readonly rows: readonly FrameRow[];
  readonly scales: readonly { readonly metric: Metric; readonly title: string; readonly range: Range }[];
  /** Sentences for under the title: what was left out, and why. */
  readonly notes: readonly string[];
  readonly caption: string;
}

/** More cells than this make a report heavy; a note says how many are left out. */
export const mostFrameCells = 12;

/** From this ratio of largest to smallest value, colours are logarithmic: a U spans more than a decade. */
const logFrom = 10;

/** The cells whose heat maps are drawn: the first finished ones of more than one frame, in the order of the curves. */
export function frameCells(record: SweepRecord): { readonly cells: readonly CellRecord[]; readonly leftOut: number } {
  const all = drawnCells(record).cells.filter(({ cell }) => cell.frames > 1);
  return { cells: all.slice(0, mostFrameCells), leftOut: Math.max(all.length - mostFrameCells, 0) };
}

/**
 * The heat maps of a record.
 *
 * @param stepsOf the steps of each of `frameCells`, as `readStepsOf` returns them
 * @returns null if no drawn cell has more than one latent frame
 */
export function frameFigure(record: SweepRecord, stepsOf: ReadonlyMap<string, readonly Step[]>): FrameFigure | null {
  const { cells, leftOut } = frameCells(record);
  const text = labels(record.manifest.cells, record.manifest.axes);
  const labelOf = new Map(record.manifest.cells.map(({ cellId }, i) => [cellId, text[i] ?? cellId]));
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  let without = 0;
  const rows = cells.flatMap((cell): FrameRow[] => {
    const steps = stepsOf.get(cell.cellId) ?? [];
    const frames = frameChange(steps, "latent").length;
    if (frames === 0) without += 1;
    if (frames < 2) return [];
    const label = labelOf.get(cell.cellId) ?? cell.cellId;
    const panels = metrics.map((metric) => ({ metric, values: byStep(cell, metric, frameChange(steps, metric)) }));
    return [{ id: cell.cellId, label, frames, steps: cell.cell.steps, panels }];
  });
  if (rows.length === 0 && without === 0) return null;
  return {
    title: `${record.manifest.name}: relative L1 by latent frame`,
    rows,
    scales: metrics.map((metric) => {
      const values = rows.flatMap(({ panels }) =>
        panels.flatMap((panel) => (panel.metric === metric ? panel.values : [])),
      );
      return { metric, title: metricTitles[metric], range: rangeOf(values, logFrom) };
    }),
    notes: [
      ...(without === 0
        ? []
        : [
            `${without === cells.length ? "The record has" : `${without} of ${cells.length} cells have`} no sums by latent frame (frame_sums: false), so there is no heat map ${without === cells.length ? "to draw" : "of them"}.`,
          ]),
      ...(leftOut === 0 ? [] : [`Only the first ${mostFrameCells} cells are drawn; ${leftOut} more are left out.`]),
    ],
    caption: caption(record),
  };
}

/** The values by step instead of by evaluation: corrector evaluations at the same sigma (Heun) are left out, as in the curves. */
function byStep(
  cell: CellRecord,
  metric: Metric,
  frames: readonly (readonly (number | null)[])[],
): (number | null)[][] {
  const { sigmaChanged } = curve(cell, metric);
  return frames.map((values) => {
    const steps: (number | null)[] = Array.from({ length: cell.cell.steps }, () => null);
    for (const [i, { step }] of cell.steps.entries()) if (sigmaChanged[i] !== false) steps[step] = values[i] ?? null;
    return steps;
  });
}
