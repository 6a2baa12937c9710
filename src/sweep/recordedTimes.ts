import type { Shape } from "../experiment/cell.ts";
import { forwardsPerEvaluation } from "../experiment/workload.ts";
import { type Finished, Measured, type Started, type Step } from "../generated/l1probe/v1/probe.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** The parts of a journal entry that are read here; the time is ISO 8601. */
export type TimedEntry = { readonly time: string; readonly cellId: string } & (
  | { readonly event: "started"; readonly body: Pick<Started, "latentShape"> }
  | { readonly event: "step"; readonly body: Pick<Step, "seconds"> }
  | { readonly event: "finished"; readonly body: Pick<Finished, "peakMemoryBytes"> }
  | { readonly event: "failed" }
);

/** One attempt at a cell, on the journal's clock in milliseconds. */
interface Attempt {
  readonly cellId: string;
  readonly began: number;
  /** Elements of its latent, the weight of its share of the device's time. */
  readonly elements: number;
  /** When it ended, or the time of its last entry. */
  ended: number;
  /** Σ of its steps' seconds, on the server's clock. */
  seconds: number;
  steps: number;
  peakMemoryBytes: bigint;
  finished: boolean;
}

function attemptsOf(entries: Iterable<TimedEntry>): Attempt[] {
  const attempts: Attempt[] = [];
  const open = new Map<string, Attempt>();
  for (const entry of entries) {
    const { cellId } = entry;
    const now = Date.parse(entry.time);
    if (entry.event === "started") {
      const elements = entry.body.latentShape.reduce((product, length) => product * length, 1);
      const none = { seconds: 0, steps: 0, peakMemoryBytes: 0n, finished: false };
      const begun: Attempt = { cellId, elements, began: now, ended: now, ...none };
      attempts.push(begun);
      open.set(cellId, begun);
      continue;
    }
    const attempt = open.get(cellId);
    if (attempt === undefined) continue;
    attempt.ended = now;
    if (entry.event === "step") {
      attempt.seconds += entry.body.seconds;
      attempt.steps += 1;
      continue;
    }
    if (entry.event === "finished") {
      attempt.finished = true;
      attempt.peakMemoryBytes = entry.body.peakMemoryBytes;
    }
    open.delete(cellId);
  }
  return attempts;
}

/**
 * Each attempt's share of the time during which it ran, at most 1: concurrent attempts share time in proportion to the
 * elements of their latents.
 */
function shares(attempts: readonly Attempt[]): Map<Attempt, number> {
  const times = [...new Set(attempts.flatMap(({ began, ended }) => [began, ended]))].sort((a, b) => a - b);
  const byBeginning = [...attempts].sort((a, b) => a.began - b.began).values();
  const own = new Map(attempts.map((attempt) => [attempt, 0]));
  let running: Attempt[] = [];
  let next = byBeginning.next();
  for (const [i, time] of times.entries()) {
    running = running.filter(({ ended }) => ended > time);
    while (!next.done && next.value.began <= time) {
      if (next.value.ended > time) running.push(next.value);
      next = byBeginning.next();
    }
    const length = (times[i + 1] ?? time) - time;
    const together = running.reduce((sum, { elements }) => sum + elements, 0);
    for (const one of running) own.set(one, (own.get(one) ?? 0) + (length * one.elements) / together);
  }
  return new Map(
    attempts.map((attempt) => {
      const length = attempt.ended - attempt.began;
      // Too short for the journal's clock to show what ran concurrently.
      return [attempt, length > 0 ? (own.get(attempt) ?? length) / length : 1];
    }),
  );
}

/**
 * Time per forward by shape, from a record's own steps, in the form in which a server reports forwards of batch
 * size 1. Step times overlap when cells run concurrently, so each finished cell is charged its total time divided by the
 * average concurrency, weighted by latent size. The sum over cells is then the time in which any cell ran, whatever the
 * batches were; shared first steps are part of the mean.
 *
 * @param cells whose steps count
 * @param entries the whole journal, since other cells ran concurrently
 */
export function recordedTimes(cells: readonly IdentifiedCell[], entries: Iterable<TimedEntry>): Measured[] {
  const attempts = attemptsOf(entries);
  const share = shares(attempts);
  const known = new Map(cells.map((cell) => [cell.cellId, cell]));
  const shapes = new Map<string, { shape: Shape; seconds: number; evaluations: number; peakMemoryBytes: bigint }>();
  for (const attempt of attempts) {
    const cell = known.get(attempt.cellId)?.cell;
    if (cell === undefined || !attempt.finished) continue;
    const { height, width, frames } = cell;
    const key = [height, width, frames].join();
    const sum = shapes.get(key) ?? {
      shape: { height, width, frames },
      seconds: 0,
      evaluations: 0,
      peakMemoryBytes: 0n,
    };
    shapes.set(key, sum);
    sum.seconds += attempt.seconds * (share.get(attempt) ?? 1);
    sum.evaluations += attempt.steps * forwardsPerEvaluation(cell);
    if (attempt.peakMemoryBytes > sum.peakMemoryBytes) sum.peakMemoryBytes = attempt.peakMemoryBytes;
  }
  return [...shapes.values()]
    .filter(({ evaluations }) => evaluations > 0)
    .map(({ shape, seconds, evaluations, peakMemoryBytes }) =>
      Measured.fromPartial({
        ...shape,
        batchSize: 1,
        forwards: evaluations,
        seconds: seconds / evaluations,
        peakMemoryBytes,
      }),
    );
}
