import type { Step } from "../generated/l1probe/v1/probe.ts";
import { differenceOf, type Metric } from "./curve.ts";
import { relL1 } from "./ratio.ts";

/**
 * Change of each latent frame over the steps of one cell: the data of a heat map, latent frame × step.
 *
 * To load only this cell's steps: `frameChange(await readSteps(directory, cellId), "cond")`.
 *
 * @param steps of one cell, in order, as `readSteps` returns them
 * @returns `[latent frame][evaluation]`: rel-L1 of that frame against the same frame of the reference, Σ|a − b| / Σ|b|,
 * dimensionless; null if the metric has no value, such as cond and cfg in the first evaluation; NaN or infinite if
 * non-finite elements entered the sums. Empty if the sums per latent frame were left out.
 */
export function frameChange(steps: readonly Pick<Step, "differences">[], metric: Metric): (number | null)[][] {
  const wanted = differenceOf[metric];
  const sums = steps.map(({ differences }) => differences.find(({ difference }) => difference === wanted)?.frames);
  const frames = sums.reduce((most, step) => Math.max(most, step?.length ?? 0), 0);
  return Array.from({ length: frames }, (_, frame) => sums.map((step) => relL1(step?.[frame])));
}
