import type { Measured } from "../generated/l1probe/v1/probe.ts";
import { type Shape, sameShape, volume } from "./shape.ts";

/** A device's measured forwards, and what the time of others is scaled by. */
export interface Measurements {
  /** Those of which a forward has a time. */
  readonly known: readonly Measured[];
  /** Rows × pixels × latent frames of a forward. */
  size(shape: Shape, rows: number): number;
}

/** @param frameMultiple of the server's ShapeRules; 0 (images) and 1 (not known) leave frames as they are */
export function measurements(measured: readonly Measured[], frameMultiple: number): Measurements {
  return {
    known: measured.filter(({ seconds, batchSize, height, width, frames }) =>
      [seconds, batchSize, height, width, frames].every((value) => value > 0),
    ),
    size: (shape, rows) => rows * volume(shape, Math.max(1, frameMultiple)),
  };
}

/** Forwards whose median a first, slow one cannot move. */
const SETTLED = 3;

/**
 * What says most about a forward: of the same shape first, then of more than one or two forwards, then of the nearest
 * volume and the nearest rows.
 *
 * @returns undefined where nothing was measured
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
