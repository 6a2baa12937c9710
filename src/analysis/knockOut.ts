import { ProbeError } from "../errors.ts";
import { Difference, Signal } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord } from "../record/record.ts";
import { fromShare } from "../schedule/kinds/knockOut.ts";
import { bootstrapAll, type Estimate, geometricMean } from "./statistics.ts";

/**
 * The knock-out measurement: how far the final latents move if a dense run takes one window of its steps in a single
 * step. A window of width D that is one step of a solver of order p leaves C·D^(p+1) in the final latents, with the
 * amplification on the way to the end and its direction in C. So the density of steps that minimises the sum over N
 * steps is C^(1/(p+1)), and its mass in a window is F^(1/(p+1)), whatever N is.
 */

/** A dense base cut into windows. */
export interface Windows {
  /** Sigmas of the base, without the terminal 0. */
  readonly base: readonly number[];
  /** Steps per window. */
  readonly width: number;
  /** K + 1 sigmas, from the first sigma to 0. */
  readonly edges: readonly number[];
  /** For each window the base without the window's interior sigmas. */
  readonly without: readonly (readonly number[])[];
}

/**
 * @param base sigmas of a dense run, as sent
 * @param windows K; must divide the number of steps, and leave windows of at least two steps
 * @throws ProbeError kind input
 */
export function windowsOf(base: readonly number[], windows: number): Windows {
  const width = base.length / windows;
  if (!Number.isInteger(windows) || windows < 2 || !Number.isInteger(width) || width < 2)
    throw new ProbeError(
      "input",
      `${windows} windows do not divide ${base.length} base steps; K windows need K·m steps with m of at least 2, like 48/12 or 24/8.`,
      { path: "windows" },
    );
  const places = Array.from({ length: windows }, (_, k) => k * width);
  return {
    base,
    width,
    edges: [...places.map((at) => base[at] ?? 0), 0],
    without: places.map((at) => base.filter((_, i) => i <= at || i >= at + width)),
  };
}

/** What a measurement of K windows found. */
export interface KnockOut {
  /** K + 1 sigmas, falling to 0. */
  readonly edges: readonly number[];
  /** The exponent q = 1/(order + 1). */
  readonly exponent: number;
  /** F of each window: the relative change of the final latents, as a geometric mean over pairs. */
  readonly changes: readonly Estimate[];
  /** The share of the steps above each edge, from 0 to 1, with 95 % intervals. */
  readonly share: readonly Estimate[];
}

/** The share of the steps above each edge: F^q, cumulated and normalised. */
export function cumulated(changes: readonly number[], exponent: number): number[] {
  const sums = [0];
  for (const change of changes) sums.push((sums.at(-1) ?? 0) + change ** exponent);
  const total = sums.at(-1) ?? 1;
  return sums.map((sum) => sum / total);
}

/**
 * Takes windows with a relative change of each pair together.
 *
 * @param changes for each window the relative change of the final latents of each pair
 * @param order of the solver
 * @throws ProbeError kind failed if a window changed nothing, or something that is not finite
 */
export function knockOut(edges: readonly number[], changes: readonly (readonly number[])[], order: number): KnockOut {
  const exponent = 1 / (order + 1);
  const wrong = changes.findIndex((of) => of.some((value) => !(value > 0 && Number.isFinite(value))));
  if (wrong !== -1)
    throw new ProbeError(
      "failed",
      `The window from σ = ${edges[wrong]} to ${edges[wrong + 1]} changed the final latents by ${changes[wrong]?.join(", ")}; a change must be finite and above 0, so take another base or fewer windows.`,
    );
  const pairs = changes[0]?.length ?? 0;
  const over = (drawn: readonly number[]) =>
    changes.map((of) => geometricMean(drawn.map((pair) => of[pair] ?? Number.NaN)));
  const all = over(Array.from({ length: pairs }, (_, pair) => pair));
  const share = cumulated(all, exponent);
  const intervals = bootstrapAll(pairs, (drawn) => {
    const found = over(drawn);
    return [...found, ...cumulated(found, exponent)];
  });
  return {
    edges,
    exponent,
    changes: all.map((value, k) => ({ value, interval: intervals(k) })),
    share: share.map((value, k) => ({ value, interval: intervals(all.length + k) })),
  };
}

/** N sigmas of a measured share: where the monotone cubic through it reaches i/N. */
export function measuredSigmas(
  { edges, share }: { readonly edges: readonly number[]; readonly share: readonly number[] },
  steps: number,
): number[] {
  const phi = fromShare(share, edges);
  return Array.from({ length: steps }, (_, i) => phi(1 - i / steps));
}

/** F of the most over F of the least window: 1 for a schedule whose steps all cost the same. */
export function unevenness(changes: readonly number[]): number {
  return Math.max(...changes) / Math.min(...changes);
}

/** A found schedule counts as level up to this ratio between its windows. */
export const LEVEL = 1.5;

/** A base in which each step of a schedule is cut into `width` equal ones, so that each of its steps is a window. */
export function refined(sigmas: readonly number[], width: number): number[] {
  return sigmas.flatMap((sigma, i) => {
    const next = sigmas[i + 1] ?? 0;
    return Array.from({ length: width }, (_, j) => Math.fround(sigma + ((next - sigma) * j) / width));
  });
}

/**
 * The order of a sampler, from which the exponent follows; null for one that adds noise at each step, since leaving out a
 * step then changes the noise.
 */
export const SAMPLER_ORDER: Readonly<Record<string, number | null>> = {
  euler: 1,
  ddim: 1,
  heun: 2,
  "dpm++2m": 2,
  unipc: 2,
  deis: 2,
  deis3: 3,
  "euler-stochastic": null,
  "dpm++sde": null,
};

/** Samplers that need nothing but the state to go on: a run can start in the middle of another one's. */
export const SINGLE_STEP: ReadonlySet<string> = new Set(["euler", "ddim", "heun"]);

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
