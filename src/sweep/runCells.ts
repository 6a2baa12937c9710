import { ProbeError } from "../errors.ts";
import { type Axis, cellLabel } from "../experiment/cell.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import type { IdentifiedCell } from "../record/record.ts";
import { type AttemptContext, type AttemptEnd, attempt } from "./attempt.ts";
import type { Progress, Tally } from "./progress.ts";

/** @throws ProbeError kind input where it is given and no whole number from 1 */
export function checkConcurrency(concurrency: number | undefined): void {
  if (concurrency === undefined || (Number.isSafeInteger(concurrency) && concurrency >= 1)) return;
  throw new ProbeError("input", `concurrency is ${concurrency}; it must be a whole number from 1.`, {
    path: "concurrency",
  });
}

/**
 * Cells to ask a server for at once: those that were wanted, or else as many as fill its batch.
 *
 * @param concurrency as {@link checkConcurrency} lets it pass
 */
export function concurrencyOf(
  { maxBatch }: Pick<DescribeResponse, "maxBatch">,
  concurrency: number | undefined,
): number {
  // Servers that do not batch leave maxBatch out.
  return concurrency ?? Math.max(1, maxBatch);
}

/**
 * Gives every item to one of `concurrency` workers, in order; the first error stops them all and is thrown.
 *
 * @param run gets a signal that aborts when `signal` does or another item threw
 * @returns whether `signal` stopped them
 */
export async function runAll<Item>(
  items: readonly Item[],
  concurrency: number,
  signal: AbortSignal | undefined,
  run: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const fatal = new AbortController();
  const stop = signal === undefined ? fatal.signal : AbortSignal.any([signal, fatal.signal]);
  const pending = items.values();
  let first: unknown;
  const work = async () => {
    for (const item of pending) {
      if (stop.aborted) return;
      await run(item, stop);
    }
  };
  const guarded = () =>
    work().catch((thrown: unknown) => {
      first ??= thrown;
      fatal.abort();
    });
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, guarded));
  if (signal?.aborted) return true;
  if (first !== undefined) throw first;
  return false;
}

/** What the cells of one server run with. */
export interface CellsContext {
  readonly attempt: Omit<AttemptContext, "signal" | "step">;
  readonly counts: Tally;
  /** The keys that name a cell in a note. */
  readonly axes: readonly string[];
  /** Cells that run at once. */
  readonly concurrency: number;
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
  const { counts, axes, concurrency, progress, note } = context;
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
  const stopped = await runAll(cells, concurrency, context.signal, run);
  return !stopped || ends === cells.length;
}
