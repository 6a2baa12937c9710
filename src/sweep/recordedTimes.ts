import type { Shape } from "../experiment/cell.ts";
import { forwards } from "../experiment/workload.ts";
import { type Finished, Measured, type Started, type Step } from "../generated/l1probe/v1/probe.ts";
import type { IdentifiedCell } from "../record/record.ts";

/** What of a journal's entry is read here; its time is ISO 8601. */
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
  /** Elements of its latent: what its share of a forward is taken to go by. */
  readonly elements: number;
  /** When it ended, or was last heard of. */
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
 * The share that each attempt had of the time in which it ran, at most 1: what runs at the same time shares it by the
 * elements of its latents.
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
      // Too short for the journal's clock: nothing is known of what ran beside it.
      return [attempt, length > 0 ? (own.get(attempt) ?? length) / length : 1];
    }),
  );
}

/**
 * What a sweep's own steps say of the time of a model evaluation, by shape, as a server would tell it of forwards of one
 * row. A step's seconds are its cell's wall time, in which the device worked for every cell that ran; so of each finished
 * cell Σ seconds / k counts, where k is how many cells ran at once, itself included, on the mean over its time, each
 * weighed by its latent's elements. Summed over the cells that is the time in which any ran, whatever the batches were;
 * what first steps shared is in the mean.
 *
 * @param cells whose steps count
 * @param entries the whole journal, since other cells ran beside them
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
    sum.evaluations += attempt.steps * forwards(cell);
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
