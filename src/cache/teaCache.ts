import { didYouMean, ProbeError } from "../errors.ts";
import { bisect } from "../schedule/math/specialFunctions.ts";
import { TEACACHE_PRESETS, type TeaCachePreset } from "./coefficients.ts";

/** The names that {@link teaCache} accepts. */
export const TEACACHE_NAMES: readonly string[] = Object.keys(TEACACHE_PRESETS);

/**
 * TeaCache's rule for one model. With d = mean|mₜ − mₜ₋₁|/mean|mₜ₋₁| of its signal m, every step adds P(d) to a sum. While
 * the sum is below δ, steps are skipped; otherwise the step is computed and the sum is reset to 0. Source: Liu et al.
 * 2024 (arXiv:2411.19108).
 */
export interface TeaCache extends TeaCachePreset {
  readonly name: string;
  /** The degree of P. */
  readonly degree: number;
  /** The intervals of d in [0, 1] where P < 0: there, a larger change makes a skip more likely. */
  readonly negative: readonly Interval[];
  /**
   * P(d), the estimate of the output's relative L1 change from that of the signal.
   *
   * @throws ProbeError kind input if d is negative or not finite
   */
  rescaled(d: number): number;
}

/**
 * TeaCache's published coefficients for a model.
 *
 * @throws ProbeError kind input for an unknown name, with the nearest known one
 */
export function teaCache(name: string): TeaCache {
  const preset = Object.hasOwn(TEACACHE_PRESETS, name) ? TEACACHE_PRESETS[name] : undefined;
  if (preset === undefined)
    throw new ProbeError(
      "input",
      `There are no TeaCache coefficients for ${name}${didYouMean(name, TEACACHE_NAMES)}; the known names are ${TEACACHE_NAMES.join(", ")}.`,
    );
  const { coefficients } = preset;
  return {
    ...preset,
    name,
    degree: coefficients.length - 1,
    negative: negativeIntervals(coefficients, 1),
    rescaled(d) {
      if (!Number.isFinite(d) || d < 0)
        throw new ProbeError("input", `d is ${d}; a relative L1 change must be a finite number ≥ 0.`);
      return evaluate(coefficients, d);
    },
  };
}

/** Σ cₖ·xᵏ by Horner's rule in float64; coefficients are ordered from the highest power down, as in NumPy's poly1d. */
export function evaluate(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

function derivative(coefficients: readonly number[]): number[] {
  const degree = coefficients.length - 1;
  return coefficients.slice(0, -1).map((coefficient, index) => coefficient * (degree - index));
}

/** The places in (low, high) where the polynomial changes sign, ascending: at most one between adjacent turning points. */
function signChanges(coefficients: readonly number[], low: number, high: number): number[] {
  if (coefficients.length < 2) return [];
  const turns = [low, ...signChanges(derivative(coefficients), low, high), high];
  return turns.slice(1).flatMap((to, index) => {
    const from = turns[index] ?? low;
    const [before, after] = [evaluate(coefficients, from), evaluate(coefficients, to)];
    // The product of the values themselves could underflow to 0.
    if (Math.sign(before) * Math.sign(after) >= 0) return [];
    const rising = before < 0 ? 1 : -1;
    return [bisect((x) => rising * evaluate(coefficients, x), from, to)];
  });
}

/** An interval of the axis. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The intervals of [0, to] on which the polynomial is negative, in ascending order; their ends are exact to the last bit. */
export function negativeIntervals(coefficients: readonly number[], to: number): Interval[] {
  const ends = [0, ...signChanges(coefficients, 0, to), to];
  return ends.slice(1).flatMap((end, index) => {
    const from = ends[index] ?? 0;
    return evaluate(coefficients, from + (end - from) / 2) < 0 ? [{ from, to: end }] : [];
  });
}
