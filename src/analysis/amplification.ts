import { Difference, Signal } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { cumulated, type Windows } from "./knockOut.ts";
import { geometricMean } from "./random.ts";

/** ‖v_k − v_(k−1)‖₂ of the guided prediction at each step of a base; NaN where there is none. */
function predictionMoves({ steps }: CellRecord): number[] {
  return steps
    .filter(({ evaluation }) => evaluation === 0)
    .map((step) => Math.sqrt(step.pairs(Difference.DIFFERENCE_CFG)?.sumSquaredDifference ?? Number.NaN));
}

function finalNorm({ steps }: CellRecord): number {
  return Math.sqrt(steps.at(-1)?.sums(Signal.SIGNAL_LATENT_OUT)?.sumSquares ?? Number.NaN);
}

/**
 * The error that one coarse step makes within its window, relative to the final latents: the norm of Σ Δσ_j·(v_j − v_0),
 * at most Σ Δσ_j·Σ_(i≤j) ‖v_i − v_(i−1)‖, which is near it as long as the prediction turns slowly.
 */
function localErrors(base: CellRecord, { edges, width, base: sigmas }: Windows): number[] {
  const moves = predictionMoves(base);
  const norm = finalNorm(base);
  return edges.slice(0, -1).map((_, k) => {
    let [error, moved] = [0, 0];
    for (let j = 1; j < width; j += 1) {
      const at = k * width + j;
      moved += moves[at] ?? Number.NaN;
      error += ((sigmas[at] ?? 0) - (sigmas[at + 1] ?? 0)) * moved;
    }
    return error / norm;
  });
}

/**
 * What is left at the end of the error that a coarse step makes: the change of the final latents over the error within
 * the window, as a geometric mean over pairs. Exact for Euler up to the turning of the prediction; null without sums.
 *
 * @param bases the record of the base of each pair
 * @param changes for each window the relative change of each pair
 */
export function amplifications(
  bases: readonly CellRecord[],
  windows: Windows,
  changes: readonly (readonly number[])[],
): number[] | null {
  const local = bases.map((base) => localErrors(base, windows));
  const found = changes.map((of, k) =>
    geometricMean(of.map((change, pair) => change / (local[pair]?.[k] ?? Number.NaN))),
  );
  return found.every(Number.isFinite) ? found : null;
}

/**
 * The share of the steps above each sigma of the base for a density of √(w·|dv/dσ|), w the amplification, linear in the
 * logarithm between the windows' middles. Its windows can be few, since the curve gives the shape within them.
 */
export function amplificationCurve(
  bases: readonly CellRecord[],
  { base, edges }: Windows,
  amplification: readonly number[] | null,
): { readonly share: readonly number[]; readonly sigma: readonly number[] } {
  const middles = edges.slice(0, -1).map((edge, k) => (edge + (edges[k + 1] ?? 0)) / 2);
  const logs = (amplification ?? middles.map(() => 1)).map(Math.log);
  const weight = (sigma: number): number => {
    const below = middles.findIndex((middle) => middle <= sigma);
    if (below === 0) return Math.exp(logs[0] ?? 0);
    if (below === -1) return Math.exp(logs.at(-1) ?? 0);
    const [high, low] = [middles[below - 1] ?? 1, middles[below] ?? 0];
    const part = (high - sigma) / (high - low);
    return Math.exp((1 - part) * (logs[below - 1] ?? 0) + part * (logs[below] ?? 0));
  };
  const moves = bases.map(predictionMoves);
  // The change from step i to i + 1; over the last step, to 0, the prediction changes as over the one before.
  const change = (i: number) => geometricMean(moves.map((of) => of[Math.min(i + 1, base.length - 1)] ?? Number.NaN));
  const masses = base.map((sigma, i) => {
    const size = sigma - (base[i + 1] ?? 0);
    const over = i + 1 < base.length ? size : (base[i - 1] ?? 1) - sigma;
    return Math.sqrt((weight(sigma - size / 2) * change(i)) / over) * size;
  });
  return { share: cumulated(masses, 1), sigma: [...base, 0] };
}
