import type { Measured } from "../generated/l1probe/v1/probe.ts";
import { batches } from "./batches.ts";
import { type Shape, sameShape, volume } from "./shape.ts";

/**
 * Where a time comes from: forwards of this shape and these rows; of this shape and other rows; of another shape. All
 * but the first are scaled.
 */
export type Basis = "measured" | "other rows" | "other shape";

/** What the cells of one shape would take. */
export interface ShapeEstimate {
  readonly shape: Shape;
  readonly cells: number;
  /** Model evaluations, less those that are shared. */
  readonly evaluations: number;
  readonly seconds: number;
  /** The worst of its forwards. */
  readonly basis: Basis;
  /** What was measured and used, the one that carries most of the seconds first. */
  readonly from: readonly Measured[];
}

/** Peak of the device's allocator: measured, or a bound by what was measured of smaller or larger forwards. */
export interface MemoryEstimate {
  readonly bytes: number;
  readonly bound: "measured" | "at most" | "at least";
  readonly from: Measured;
}

/** What a list of cells would take on a server. */
export interface Estimate {
  readonly seconds: number;
  readonly shapes: readonly ShapeEstimate[];
  /** null where the device's memory cannot be known. */
  readonly memory: MemoryEstimate | null;
}

/** A cell's shape and the model evaluations that it costs. */
export interface Work {
  readonly shape: Shape;
  readonly evaluations: number;
}

/** Rows × pixels × frames: what a forward's time and memory are taken to grow with. */
function size(shape: Shape, rows: number): number {
  return rows * volume(shape);
}

function nearest(measured: readonly Measured[], shape: Shape, rows: number): { one: Measured; basis: Basis } {
  const distance = (a: number, b: number) => Math.abs(Math.log(a / b));
  const ranked = measured
    .map((one) => ({
      one,
      byShape: sameShape(one, shape) ? 0 : 1,
      byVolume: distance(volume(one), volume(shape)),
      byRows: distance(one.batchSize, rows),
    }))
    .sort(
      (a, b) =>
        a.byShape - b.byShape ||
        a.byVolume - b.byVolume ||
        a.byRows - b.byRows ||
        b.one.batchSize - a.one.batchSize ||
        b.one.forwards - a.one.forwards,
    );
  const [best] = ranked;
  if (best === undefined) throw new Error("nothing was measured");
  if (best.byShape === 1) return { one: best.one, basis: "other shape" };
  return { one: best.one, basis: best.byRows === 0 ? "measured" : "other rows" };
}

const WORST: readonly Basis[] = ["measured", "other rows", "other shape"];

function estimateShape(shape: Shape, lengths: readonly number[], slots: number, measured: readonly Measured[]) {
  const parts = [...batches(lengths, slots)].map(([rows, forwards]) => {
    const { one, basis } = nearest(measured, shape, rows);
    return { one, basis, seconds: (forwards * one.seconds * size(shape, rows)) / size(one, one.batchSize) };
  });
  const bySeconds = [...parts].sort((a, b) => b.seconds - a.seconds);
  return {
    shape,
    cells: lengths.length,
    evaluations: lengths.reduce((sum, length) => sum + length, 0),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    basis: WORST.findLast((basis) => parts.some((part) => part.basis === basis)) ?? "measured",
    from: [...new Set(bySeconds.map(({ one }) => one))],
  };
}

function estimateMemory(largest: Shape, rows: number, measured: readonly Measured[]): MemoryEstimate | null {
  const known = measured
    .filter(({ peakMemoryBytes }) => peakMemoryBytes > 0n)
    .sort((a, b) => size(a, a.batchSize) - size(b, b.batchSize));
  const exact = known.find((one) => sameShape(one, largest) && one.batchSize === rows);
  const above = known.find((one) => size(one, one.batchSize) >= size(largest, rows));
  const from = exact ?? above ?? known.at(-1);
  if (from === undefined) return null;
  const bound = from === exact ? "measured" : from === above ? "at most" : "at least";
  return { bytes: Number(from.peakMemoryBytes), bound, from };
}

/**
 * What work would take where `slots` cells run at once, from forwards that were measured. A forward of a shape or rows
 * that were not measured is scaled from the nearest by rows × pixels × frames: that holds where arithmetic is the limit,
 * overestimates larger batches of small forwards, whose launches are the limit, and underestimates much larger frames,
 * since attention grows with their square. Memory is never scaled, as weights are most of it: it is bounded.
 *
 * @param work in the order in which it begins
 * @param measured seconds of a forward; entries without a forward are left out
 * @returns null where nothing was measured or there is nothing to do
 */
export function estimate(work: readonly Work[], measured: readonly Measured[], slots: number): Estimate | null {
  const used = measured.filter((one) => one.seconds > 0 && size(one, one.batchSize) > 0);
  if (used.length === 0 || work.length === 0) return null;
  const byShape = new Map<string, { shape: Shape; lengths: number[] }>();
  for (const { shape, evaluations } of work) {
    const { height, width, frames } = shape;
    const key = [height, width, frames].join();
    const group = byShape.get(key) ?? { shape: { height, width, frames }, lengths: [] };
    byShape.set(key, group);
    group.lengths.push(evaluations);
  }
  const groups = [...byShape.values()];
  const shapes = groups.map(({ shape, lengths }) => estimateShape(shape, lengths, slots, used));
  const largest = groups
    .map(({ shape, lengths }) => ({ shape, rows: Math.min(slots, lengths.length) }))
    .reduce((a, b) => (size(b.shape, b.rows) > size(a.shape, a.rows) ? b : a));
  return {
    seconds: shapes.reduce((sum, { seconds }) => sum + seconds, 0),
    shapes,
    memory: estimateMemory(largest.shape, largest.rows, used),
  };
}
