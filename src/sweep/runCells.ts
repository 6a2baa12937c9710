import { cellLabel } from "../experiment/axes.ts";
import type { Axis } from "../experiment/cell.ts";
import type { IdentifiedCell } from "../record/record.ts";
import { type AttemptContext, type AttemptEnd, attempt } from "./attempt.ts";
import type { Progress, Tally } from "./progress.ts";
import { runAll } from "./workers.ts";

/** What the cells of one server run with. */
export interface CellsContext {
  readonly attempt: Omit<AttemptContext, "signal" | "step">;
  readonly counts: Tally;
  /** The keys that name a cell in a note. */
  readonly axes: readonly string[];
  /** Cells that run at once. */
  readonly slots: number;
  readonly signal: AbortSignal | undefined;
  readonly progress: ((progress: Progress) => void) | undefined;
  note(sentence: string): void;
  ended(end: AttemptEnd): void;
}

/**
 * Runs cells on one server, counts their steps, and tells how each ended.
 *
 * @returns whether each was tried; false where the signal stopped them before
 * @throws ProbeError as {@link attempt}
 */
export async function runCells(cells: readonly IdentifiedCell[], context: CellsContext): Promise<boolean> {
  const { counts, axes, slots, progress, note } = context;
  let ends = 0;
  const tell = () => progress?.(counts.progress());
  tell();
  const run = async (identified: IdentifiedCell, signal: AbortSignal) => {
    let steps = 0;
    const end = await attempt(identified, {
      ...context.attempt,
      signal,
      step() {
        steps += 1;
        counts.step(identified.cell);
        tell();
      },
    });
    ends += 1;
    context.ended(end);
    counts.ended(identified.cell, steps, end.how !== "finished");
    if (end.how !== "finished") {
      const how = end.how === "failed" ? "failed" : "was refused";
      note(`${cellLabel(identified.cell, axes as readonly Axis[])} ${how}: ${end.why}`);
    }
    tell();
  };
  const stopped = await runAll(cells, slots, context.signal, run);
  return !stopped || ends === cells.length;
}
