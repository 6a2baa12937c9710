import { ProbeError } from "../errors.ts";
import type { Pair } from "./pairs.ts";

/** A prompt and a seed that a measurement used. */
export interface UsedPair {
  readonly prompt: string;
  readonly seed: number;
}

function seen(pair: Pair, used: readonly UsedPair[]): UsedPair | undefined {
  return used.find(({ prompt, seed }) => prompt === pair.prompt || seed === pair.seed);
}

/** The pairs with neither a prompt nor a seed of the measurement. */
export function heldOut(pairs: readonly Pair[], used: readonly UsedPair[]): Pair[] {
  return pairs.filter((pair) => seen(pair, used) === undefined);
}

/**
 * @param file the experiment's name, for the sentence
 * @throws ProbeError kind input if a pair has a prompt or a seed that the measurement used
 */
export function refuseUsed(pairs: readonly Pair[], used: readonly UsedPair[], file: string): void {
  for (const pair of pairs) {
    const other = seen(pair, used);
    if (other === undefined) continue;
    const what = other.prompt === pair.prompt ? `the prompt ${JSON.stringify(pair.prompt)}` : `the seed ${pair.seed}`;
    throw new ProbeError(
      "input",
      `${file} has ${what}, which the recommendation was measured with; verify on prompts and seeds that it did not see.`,
      { path: "experiment" },
    );
  }
}
