import { ProbeError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";
import { evaluate, negativeStretches, type Stretch } from "../polynomial.ts";
import { COG_VIDEO_X } from "./cogVideoX.ts";
import { HUNYUAN } from "./hunyuan.ts";
import { OTHERS } from "./others.ts";
import type { TeaCachePreset } from "./preset.ts";
import { WAN } from "./wan.ts";

const PRESETS: Readonly<Record<string, TeaCachePreset>> = { ...HUNYUAN, ...WAN, ...COG_VIDEO_X, ...OTHERS };

/** The names that {@link teaCache} knows. */
export const TEACACHE_NAMES: readonly string[] = Object.keys(PRESETS);

/**
 * TeaCache's rule for one model: with d = mean|mₜ − mₜ₋₁|/mean|mₜ₋₁| of its signal m, every step adds P(d) to a sum; a step
 * is skipped where the sum stays below δ, else it is computed and the sum begins anew. Source: Liu et al. 2024
 * (arXiv:2411.19108).
 */
export interface TeaCache extends TeaCachePreset {
  readonly name: string;
  /** Of P. */
  readonly degree: number;
  /** Where P is below 0 for d in [0, 1]: there a larger change brings a step nearer to being skipped. */
  readonly negative: readonly Stretch[];
  /**
   * P(d): what a relative L1 change of the input says of the output's.
   *
   * @throws ProbeError kind input where d is not a finite number of 0 or more
   */
  rescaled(d: number): number;
}

/**
 * TeaCache's published coefficients for a model.
 *
 * @throws ProbeError kind input, with the nearest name, where none are known
 */
export function teaCache(name: string): TeaCache {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset === undefined)
    throw new ProbeError(
      "input",
      `There are no TeaCache coefficients for ${name}${didYouMean(name, TEACACHE_NAMES)}; known are ${TEACACHE_NAMES.join(", ")}.`,
    );
  const { coefficients } = preset;
  return {
    ...preset,
    name,
    degree: coefficients.length - 1,
    negative: negativeStretches(coefficients, 1),
    rescaled(d) {
      if (!Number.isFinite(d) || d < 0)
        throw new ProbeError("input", `d is ${d}; a relative L1 change must be a finite number of 0 or more.`);
      return evaluate(coefficients, d);
    },
  };
}
