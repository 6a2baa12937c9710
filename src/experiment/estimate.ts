import type { Measured } from "../generated/l1probe/v1/probe.ts";
import { type Shape, sameShape, volume } from "./cell.ts";

/** A device's measured forwards, and the size by which other times are scaled. */
export interface Measurements {
  /** Measurements with a time. */
  readonly known: readonly Measured[];
  /** Batch size × pixels × latent frames of a forward. */
  size(shape: Shape, rows: number): number;
}

/** @param frameMultiple of the server's ShapeRules; 0 (images) and 1 (unknown) count every frame */
export function measurements(measured: readonly Measured[], frameMultiple: number): Measurements {
  return {
    known: measured.filter(({ seconds, batchSize, height, width, frames }) =>
      [seconds, batchSize, height, width, frames].every((value) => value > 0),
    ),
    size: (shape, rows) => rows * volume(shape, Math.max(1, frameMultiple)),
  };
}

/** Number of forwards from which a slow first one no longer moves the median. */
const SETTLED = 3;

/**
 * The most informative measurement for a forward: first of the same shape, then of three or more forwards, then of the
 * nearest volume and the nearest batch size.
 *
 * @returns undefined if nothing was measured
 */
export function nearestMeasured({ known, size }: Measurements, shape: Shape, rows: number): Measured | undefined {
  const distance = (a: number, b: number) => Math.abs(Math.log(a / b));
  const rank = (one: Measured) => [
    sameShape(one, shape) ? 0 : 1,
    one.forwards >= SETTLED ? 0 : 1,
    distance(size(one, 1), size(shape, 1)),
    distance(one.batchSize, rows),
    -one.batchSize,
  ];
  const ranked = known.map((one) => ({ one, rank: rank(one) }));
  return ranked.sort((a, b) => a.rank.map((value, i) => value - (b.rank[i] ?? 0)).find((d) => d !== 0) ?? 0)[0]?.one;
}

/**
 * Batch sizes with `concurrency` cells at once, each contributing one sample to every forward until it ends and the next
 * takes its place. Real servers come close, since concurrent cells wait for each other.
 *
 * @param lengths forwards of each cell, in the order in which cells start
 * @returns batch size → number of forwards of that size
 */
export function batches(lengths: readonly number[], concurrency: number): Map<number, number> {
  const forwards = new Map<number, number>();
  const waiting = lengths.filter((length) => length > 0).values();
  let running: number[] = [];
  for (;;) {
    while (running.length < concurrency) {
      const next = waiting.next();
      if (next.done) break;
      running.push(next.value);
    }
    if (running.length === 0) return forwards;
    const together = Math.min(...running);
    forwards.set(running.length, (forwards.get(running.length) ?? 0) + together);
    running = running.map((left) => left - together).filter((left) => left > 0);
  }
}

/**
 * Where a time comes from: forwards of this shape and batch size; of this shape and another batch size; of another shape.
 * All but the first are scaled.
 */
export type Basis = "measured" | "other rows" | "other shape";

/** Estimate for the cells of one shape. */
export interface ShapeEstimate {
  readonly shape: Shape;
  readonly cells: number;
  /** Forwards, without those saved by a shared first step. */
  readonly evaluations: number;
  readonly seconds: number;
  /** The weakest basis among its forwards. */
  readonly basis: Basis;
  /** The measurements used, by their share of the seconds, largest first. */
  readonly from: readonly Measured[];
}

/** Peak of the device's allocator: measured, or bounded by measurements of smaller or larger forwards. */
export interface MemoryEstimate {
  readonly bytes: number;
  readonly bound: "measured" | "at most" | "at least";
  readonly from: Measured;
}

/** Estimate for a list of cells on a server. */
export interface Estimate {
  readonly seconds: number;
  readonly shapes: readonly ShapeEstimate[];
  /** null if the device reports no memory. */
  readonly memory: MemoryEstimate | null;
}

/** A cell's shape and the number of forwards that it costs. */
export interface Work {
  readonly shape: Shape;
  readonly evaluations: number;
}

interface Group {
  readonly shape: Shape;
  readonly lengths: number[];
}

function groupsOf(work: readonly Work[]): Group[] {
  const groups: Group[] = [];
  for (const { shape, evaluations } of work) {
    const known = groups.find((group) => sameShape(group.shape, shape));
    if (known !== undefined) known.lengths.push(evaluations);
    else groups.push({ shape, lengths: [evaluations] });
  }
  return groups;
}

const WORST_LAST: readonly Basis[] = ["measured", "other rows", "other shape"];

function basisOf(one: Measured, shape: Shape, rows: number): Basis {
  if (!sameShape(one, shape)) return "other shape";
  return one.batchSize === rows ? "measured" : "other rows";
}

function estimateShape({ shape, lengths }: Group, concurrency: number, measured: Measurements): ShapeEstimate {
  const parts = [...batches(lengths, concurrency)].flatMap(([rows, forwards]) => {
    const one = nearestMeasured(measured, shape, rows);
    if (one === undefined) return [];
    const scale = measured.size(shape, rows) / measured.size(one, one.batchSize);
    return [{ one, basis: basisOf(one, shape, rows), seconds: forwards * one.seconds * scale }];
  });
  const bySeconds = [...parts].sort((a, b) => b.seconds - a.seconds);
  return {
    shape,
    cells: lengths.length,
    evaluations: lengths.reduce((sum, length) => sum + length, 0),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    basis: WORST_LAST.findLast((basis) => parts.some((part) => part.basis === basis)) ?? "measured",
    from: [...new Set(bySeconds.map(({ one }) => one))],
  };
}

/** The largest forward determines the peak. */
function estimateMemory(
  groups: readonly Group[],
  concurrency: number,
  { known, size }: Measurements,
): MemoryEstimate | null {
  const [largest] = groups
    .map(({ shape, lengths }) => ({ shape, rows: Math.min(concurrency, lengths.length) }))
    .sort((a, b) => size(b.shape, b.rows) - size(a.shape, a.rows));
  const peaks = known
    .filter(({ peakMemoryBytes }) => peakMemoryBytes > 0n)
    .sort((a, b) => size(a, a.batchSize) - size(b, b.batchSize));
  if (largest === undefined) return null;
  const { shape, rows } = largest;
  const exact = peaks.find((one) => basisOf(one, shape, rows) === "measured");
  const above = peaks.find((one) => size(one, one.batchSize) >= size(shape, rows));
  const from = exact ?? above ?? peaks.at(-1);
  if (from === undefined) return null;
  const bound = from === exact ? "measured" : from === above ? "at most" : "at least";
  return { bytes: Number(from.peakMemoryBytes), bound, from };
}

/**
 * Time and memory of work with `concurrency` cells at once, from measured forwards. An unmeasured shape or batch size is
 * scaled from the nearest measurement by batch size × pixels × latent frames. That is right if arithmetic is the limit; it
 * overestimates large batches from small ones, which are limited by kernel launches, and underestimates large shapes from
 * small ones, since attention grows quadratically. Memory is mostly weights, so it is bounded, never scaled.
 *
 * @param work in the order in which it begins
 * @returns null if nothing was measured or there is no work
 */
export function estimate(work: readonly Work[], measured: Measurements, concurrency: number): Estimate | null {
  if (measured.known.length === 0 || work.length === 0) return null;
  const groups = groupsOf(work);
  const shapes = groups.map((group) => estimateShape(group, concurrency, measured));
  return {
    seconds: shapes.reduce((sum, { seconds }) => sum + seconds, 0),
    shapes,
    memory: estimateMemory(groups, concurrency, measured),
  };
}
