import type { Cell } from "./cell.ts";

/** The size of what a cell samples: pixels and video frames. Forwards of one shape can share a batch. */
export type Shape = Readonly<Pick<Cell, "height" | "width" | "frames">>;

/**
 * Pixels × latent frames: what the work of a forward is taken to grow with.
 *
 * @param frameMultiple of ShapeRules: as many frames after the first are one of the latent
 */
export function volume({ height, width, frames }: Shape, frameMultiple: number): number {
  return height * width * (1 + (frames - 1) / frameMultiple);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.height === b.height && a.width === b.width && a.frames === b.frames;
}

/** `9 frames of 64×64`, height first. */
export function shapeText({ height, width, frames }: Shape): string {
  return `${frames} ${frames === 1 ? "frame" : "frames"} of ${height}×${width}`;
}
