import { fromSteps, type Shape } from "./shape.ts";

/** Training timesteps of a variance-preserving model, 0 to 999. */
export const TRAINING_TIMESTEPS = 1000;

/** Rounds as NumPy and Python do: halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * A schedule of whole training timesteps t, which stand as σ = (t + 1)/1000: the place of t in the training, not a
 * noise level, as the noise at t is the model's own affair. The clean end is the terminal 0.
 *
 * @param timestep t at step `index`, strictly falling within 0 … 999 where N allows it
 */
export function fromTimesteps(timestep: (index: number, steps: number) => number): Shape {
  return fromSteps((index, steps) => (timestep(index, steps) + 1) / TRAINING_TIMESTEPS);
}
