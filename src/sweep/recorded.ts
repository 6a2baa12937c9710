import { forwards } from "../experiment/cost.ts";
import type { Shape } from "../experiment/shape.ts";
import { Measured } from "../generated/l1probe/v1/probe.ts";
import type { Entry } from "../record/entry.ts";
import type { CellRecord } from "../record/record.ts";

/** One attempt at a cell, on the journal's clock in milliseconds. */
interface Attempt {
  readonly cellId: string;
  readonly began: number;
  /** When it ended, or was last heard of. */
  ended: number;
  /** Σ of its steps' seconds, on the server's clock. */
  seconds: number;
  steps: number;
  peakMemoryBytes: bigint;
  finished: boolean;
}

function attemptsOf(entries: Iterable<Entry>): Attempt[] {
  const attempts: Attempt[] = [];
  const open = new Map<string, Attempt>();
  for (const entry of entries) {
    const { cellId } = entry;
    const now = Date.parse(entry.time);
    if (entry.event === "started") {
      const begun = { cellId, began: now, ended: now, seconds: 0, steps: 0, peakMemoryBytes: 0n, finished: false };
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

/** Of each attempt, the mean number of cells that ran while it did: its length over ∫ dt / (cells that ran at t). */
function company(attempts: readonly Attempt[]): Map<Attempt, number> {
  const times = [...new Set(attempts.flatMap(({ began, ended }) => [began, ended]))].sort((a, b) => a - b);
  const byBeginning = [...attempts].sort((a, b) => a.began - b.began).values();
  const share = new Map(attempts.map((attempt) => [attempt, 0]));
  let running: Attempt[] = [];
  let next = byBeginning.next();
  for (const [i, time] of times.entries()) {
    running = running.filter(({ ended }) => ended > time);
    while (!next.done && next.value.began <= time) {
      if (next.value.ended > time) running.push(next.value);
      next = byBeginning.next();
    }
    const length = (times[i + 1] ?? time) - time;
    for (const one of running) share.set(one, (share.get(one) ?? 0) + length / running.length);
  }
  return new Map(
    attempts.map((attempt) => {
      const length = attempt.ended - attempt.began;
      // Too short for the journal's clock: nothing is known of its company.
      return [attempt, length > 0 ? length / (share.get(attempt) ?? length) : 1];
    }),
  );
}

/**
 * What a sweep's own steps say of the time of a model evaluation, by shape, as a server would tell it of forwards of one
 * row. A step's seconds are its cell's wall time, in which the device worked for every cell that ran, so each finished
 * cell is counted with Σ seconds / k, where k is the mean number of cells that ran beside it, itself included. Summed
 * over the cells that is the time in which any ran, whatever the batches were; what a step shared is in the mean.
 *
 * @param cells whose steps count
 * @param entries the whole journal, since other cells were company
 */
export function recordedTimes(cells: readonly CellRecord[], entries: Iterable<Entry>): Measured[] {
  const attempts = attemptsOf(entries);
  const beside = company(attempts);
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
    sum.seconds += attempt.seconds / (beside.get(attempt) ?? 1);
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
