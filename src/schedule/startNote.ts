/** Below this, a first sigma is meant: grids of solvers and tables start up to .007 below 1 for numerical reasons. */
const NEAR_ONE = 0.99;

/**
 * A sentence about a schedule that starts below σ = 1, or null. The run starts from pure noise, which is σ = 1, but the
 * model is told the first sigma.
 *
 * @param sigmas as they run, without the terminal 0
 */
export function startNote(sigmas: readonly number[]): string | null {
  const [first = 1] = sigmas;
  if (first >= NEAR_ONE) return null;
  const told = Number(first.toPrecision(6));
  return `The start is pure noise, though the model is told σ = ${told}; a list that refines a latent starts below 1, and so do leading timesteps.`;
}
