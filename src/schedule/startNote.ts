/** Below this, a first sigma is meant: grids of solvers and tables start up to .007 below 1 for numerical reasons. */
const NEAR_ONE = 0.99;

/** What a run starts from, if it is not pure noise. */
export interface GivenStart {
  /** Whether noise of the first sigma is added to it. */
  readonly noised: boolean;
  /** The sigma at which it was kept; null if unknown. */
  readonly sigma: number | null;
}

function givenNote(first: number, { noised, sigma }: GivenStart): string | null {
  if (noised && first === 1) return "At σ = 1 a flow model starts from pure noise, so init changes nothing.";
  if (noised || sigma === null || Math.fround(sigma) === Math.fround(first)) return null;
  return `The state was kept at σ = ${Number(sigma.toPrecision(6))}, but the first sigma is ${Number(first.toPrecision(6))}.`;
}

/**
 * A sentence about a schedule whose first sigma does not fit what the run starts from, or null. Pure noise is σ = 1, but
 * the model is told the first sigma.
 *
 * @param sigmas as they run, without the terminal 0
 * @param start null is pure noise
 */
export function startNote(sigmas: readonly number[], start: GivenStart | null = null): string | null {
  const [first = 1] = sigmas;
  if (start !== null) return givenNote(first, start);
  if (first >= NEAR_ONE) return null;
  const told = Number(first.toPrecision(6));
  return `The start is pure noise, though the model is told σ = ${told}; a list that refines a latent starts below 1, and so do leading timesteps.`;
}
