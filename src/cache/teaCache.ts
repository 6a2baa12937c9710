import { ProbeError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { TEACACHE_PRESETS, type TeaCachePreset } from "./coefficients.ts";
import { evaluate, type Interval, negativeIntervals } from "./polynomial.ts";

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
