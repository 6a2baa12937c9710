/**
 * The σ spacings of EDM and k-diffusion: even steps of a transformed σ from `max` down to `min`, then one step to 0.
 *
 * - Karras et al. 2022, Elucidating the Design Space of Diffusion-Based Generative Models (EDM), arXiv:2206.00364
 * - Crowson, k-diffusion: get_sigmas_karras, get_sigmas_exponential, get_sigmas_polyexponential
 * - Sabour et al. 2024, Align Your Steps, arXiv:2404.14507 (KL-optimal)
 */

import { ProbeError } from "../../errors.ts";
import { fromInclusiveGrid } from "../curve.ts";
import { number } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** The last sigma of schedules that cannot reach 0; .001 is the lowest of a flow model's 1000 training sigmas, unshifted. */
export const minSigma = number("the last sigma", { min: 0, max: 1, open: "both", fallback: 0.001 });

/** The first sigma. */
export const maxSigma = number("the first sigma", { min: 0, max: 1, open: "min", fallback: 1 });

/** Refuses a last sigma that is not below the first. */
export function checkMinMax(name: string, min: number, max: number): void {
  if (min >= max) throw new ProbeError("input", `${name}'s min is ${min}; it must be below max, which is ${max}.`);
}

/** Even steps in σ^(1/ρ). ρ = 1 is linear; a larger ρ takes more steps near min. */
export const karras = scheduleKind({
  name: "karras",
  summary: "Karras et al.: even steps in σ^(1/ρ), from max to min.",
  formula: "σᵢ = (max^(1/ρ) + i/(N − 1)·(min^(1/ρ) − max^(1/ρ)))^ρ",
  slopes:
    "with D = max^(1/ρ) − min^(1/ρ): first ρ·D·max^(1 − 1/ρ), last ρ·D·min^(1 − 1/ρ), then one step from min to 0",
  source: "Karras et al. 2022, EDM (arXiv:2206.00364), eq. 5; diffusers use_karras_sigmas",
  example: "karras:min=.001,max=1,rho=7",
  parameters: {
    min: minSigma,
    max: maxSigma,
    rho: number("ρ", { min: 0, max: 1000, open: "min", fallback: 7 }),
  },
  build({ min, max, rho }) {
    checkMinMax("karras", min, max);
    const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
    return fromInclusiveGrid((u) => (u === 0 ? max : (from + u * (to - from)) ** rho));
  },
});

/** Even steps in ln σ. */
export const exponential = scheduleKind({
  name: "exponential",
  summary: "Even steps in ln σ, from max to min.",
  formula: "σᵢ = max·(min/max)^(i/(N − 1))",
  slopes: "first max·ln(max/min), last min·ln(max/min), then one step from min to 0",
  source: "k-diffusion get_sigmas_exponential; diffusers use_exponential_sigmas",
  example: "exponential:min=.001,max=1",
  parameters: { min: minSigma, max: maxSigma },
  build({ min, max }) {
    checkMinMax("exponential", min, max);
    return fromInclusiveGrid((u) => max * Math.exp(u * Math.log(min / max)));
  },
});

/** Polynomial in ln σ: (1 − u)^ρ of the way from ln min to ln max. ρ = 1 is exponential. */
export const polyexponential = scheduleKind({
  name: "polyexponential",
  summary: "A polynomial in ln σ, from max to min; ρ = 1 is exponential.",
  formula: "σᵢ = min·(max/min)^((1 − i/(N − 1))^ρ)",
  slopes: "first ρ·max·ln(max/min), last 0 for ρ > 1, min·ln(max/min) for ρ = 1, then one step from min to 0",
  source: "k-diffusion get_sigmas_polyexponential",
  example: "polyexponential:rho=2",
  parameters: {
    min: minSigma,
    max: maxSigma,
    rho: number("ρ", { min: 0, max: 100, open: "min", fallback: 1 }),
  },
  build({ min, max, rho }) {
    checkMinMax("polyexponential", min, max);
    return fromInclusiveGrid((u) => (u === 0 ? max : min * Math.exp((1 - u) ** rho * Math.log(max / min))));
  },
});

/** Even steps in arctan σ, which minimise a bound on the KL divergence for Gaussian data. */
export const klOptimal = scheduleKind({
  name: "kl-optimal",
  summary: "Even steps in arctan σ, from max to min.",
  formula: "σᵢ = tan(arctan max + i/(N − 1)·(arctan min − arctan max))",
  slopes: "with D = arctan max − arctan min: first (1 + max²)·D, last (1 + min²)·D, then one step from min to 0",
  source: "Sabour et al. 2024, Align Your Steps (arXiv:2404.14507); ComfyUI kl_optimal",
  example: "kl-optimal:min=.001",
  parameters: { min: minSigma, max: maxSigma },
  build({ min, max }) {
    checkMinMax("kl-optimal", min, max);
    return fromInclusiveGrid((u) => (u === 0 ? max : Math.tan(u * Math.atan(min) + (1 - u) * Math.atan(max))));
  },
});
