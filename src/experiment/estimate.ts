import type { Measured } from "../generated/l1probe/v1/probe.ts";
import { batches } from "./batches.ts";
import { type Measurements, nearestMeasured } from "./measurements.ts";
import { type Shape, sameShape } from "./shape.ts";

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

function estimateShape({ shape, lengths }: Group, slots: number, measured: Measurements): ShapeEstimate {
  const parts = [...batches(lengths, slots)].flatMap(([rows, forwards]) => {
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

/** The largest forward decides. */
function estimateMemory(groups: readonly Group[], slots: number, { known, size }: Measurements): MemoryEstimate | null {
  const [largest] = groups
    .map(({ shape, lengths }) => ({ shape, rows: Math.min(slots, lengths.length) }))
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
 * What work would take where `slots` cells run at once, from forwards that were measured. A forward of a shape or rows
 * that were not measured is scaled from the nearest by rows × pixels × latent frames: that holds where arithmetic is the
 * limit, overestimates large batches by small ones whose launches are the limit, and underestimates large shapes by small
 * ones, since attention grows with the square. Memory is never scaled, as weights are most of it: it is bounded.
 *
 * @param work in the order in which it begins
 * @returns null where nothing was measured or there is nothing to do
 */
export function estimate(work: readonly Work[], measured: Measurements, slots: number): Estimate | null {
  if (measured.known.length === 0 || work.length === 0) return null;
  const groups = groupsOf(work);
  const shapes = groups.map((group) => estimateShape(group, slots, measured));
  return {
    seconds: shapes.reduce((sum, { seconds }) => sum + seconds, 0),
    shapes,
    memory: estimateMemory(groups, slots, measured),
  };
}
