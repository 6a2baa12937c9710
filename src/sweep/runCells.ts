import { setMaxListeners } from "node:events";
import { ProbeError } from "../errors.ts";
import { type Axis, type Cell, cellLabel } from "../experiment/cell.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import type { IdentifiedCell } from "../record/record.ts";
import { type AttemptContext, type AttemptEnd, attempt } from "./attempt.ts";
import type { Progress, Tally } from "./progress.ts";

/** @throws ProbeError kind input unless it is undefined or a whole number of at least 1 */
export function checkConcurrency(concurrency: number | undefined): void {
  if (concurrency === undefined || (Number.isSafeInteger(concurrency) && concurrency >= 1)) return;
  throw new ProbeError("input", `concurrency is ${concurrency}; it must be a whole number from 1.`, {
    path: "concurrency",
  });
}

/**
 * The number of concurrent cells on a server: the requested one, by default as many as fill its batch.
 *
 * @param concurrency checked by {@link checkConcurrency}
 */
export function concurrencyOf(
  { maxBatch }: Pick<DescribeResponse, "maxBatch">,
  concurrency: number | undefined,
): number {
  // A server that does not batch reports 0.
  return concurrency ?? Math.max(1, maxBatch);
}

/**
 * Runs every item on one of `concurrency` workers, in order. The first error stops them all and is thrown.
 *
 * @param run its signal aborts when `signal` does or another item fails
 * @returns whether `signal` stopped the items
 */
export async function runAll<Item>(
  items: readonly Item[],
  concurrency: number,
  signal: AbortSignal | undefined,
  run: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const fatal = new AbortController();
  const stop = signal === undefined ? fatal.signal : AbortSignal.any([signal, fatal.signal]);
  // Every running item listens, and Node takes more than ten listeners for a leak.
  setMaxListeners(0, stop);
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

/** What {@link runCells} works with. */
export interface CellsContext {
  readonly attempt: Omit<AttemptContext, "signal" | "step" | "nonFinite">;
  readonly counts: Tally;
  /** The axes that label a cell in a note. */
  readonly axes: readonly string[];
  /** Maximum number of concurrent cells. */
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly progress: ((progress: Progress) => void) | undefined;
  note(sentence: string): void;
  ended(end: AttemptEnd, nonFinite: boolean): void;
}

/** A note on a cell with NaN or infinity. */
export function nonFiniteNote(cell: Cell, axes: readonly string[], step: number): string {
  return `${cellLabel(cell, axes as readonly Axis[])} has non-finite values (NaN or infinity) from step ${step} on.`;
}

/**
 * Runs cells on one server, counts their steps, and reports how each ended.
 *
 * @returns whether every cell was attempted; false if the signal stopped them
 * @throws ProbeError as {@link attempt}
 */
export async function runCells(cells: readonly IdentifiedCell[], context: CellsContext): Promise<boolean> {
  const { counts, axes, concurrency, progress, note } = context;
  let ends = 0;
  const report = () => progress?.(counts.progress());
  report();
  const run = async (identified: IdentifiedCell, signal: AbortSignal) => {
    let steps = 0;
    let finite = true;
    const end = await attempt(identified, {
      ...context.attempt,
      signal,
      step() {
        steps += 1;
        counts.step(identified.cell);
        report();
      },
      nonFinite(step) {
        finite = false;
        note(nonFiniteNote(identified.cell, axes, step));
      },
    });
    ends += 1;
    context.ended(end, !finite);
    counts.ended(identified.cell, steps, end.how !== "finished");
    if (end.how !== "finished") {
      const how = end.how === "failed" ? "failed" : "was refused";
      note(`${cellLabel(identified.cell, axes as readonly Axis[])} ${how}: ${end.why}`);
    }
    report();
  };
  const stopped = await runAll(cells, concurrency, context.signal, run);
  return !stopped || ends === cells.length;
}
