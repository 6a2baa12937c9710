/**
 * Noise schedules and training-timestep distributions of diffusion models, used as shift functions: σ at even times of
 * the noise schedule, or at even quantiles of the distribution.
 *
 * - Nichol & Dhariwal 2021, Improved DDPM, arXiv:2102.09672 (cosine)
 * - Chen 2023, On the Importance of Noise Scheduling, arXiv:2301.10972 (sigmoid)
 * - Esser et al. 2024, SD3, arXiv:2403.03206 (CosMap, logit-normal)
 * - Hang et al. 2024, Improved Noise Schedule for Diffusion Training, arXiv:2407.03297 (Laplace)
 * - Lee et al. 2024, Beta Sampling is All You Need, arXiv:2407.12173 (beta)
 * - the article behind l1probe, docs/article.md (g and its Lorentzian)
 */

import { ProbeError } from "../../errors.ts";
import { fromInclusiveGrid, fromShiftFunction } from "../curve.ts";
import { betaQuantile, normalQuantile } from "../math/specialFunctions.ts";
import { choice, number, optional } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";
import { DISTRIBUTIONS, hasMass, NARROWEST, windowFunction, windowSlopes } from "./distributions.ts";
import { checkMinMax, maxSigma, minSigma } from "./edm.ts";

const positive = { min: 0, open: "min" } as const;

/** sin²(πt/2), which is 1 − ᾱ of the cosine noise schedule. */
export const cosine = scheduleKind({
  name: "cosine",
  summary: "1 − ᾱ of the cosine noise schedule as a shift function: flat at both ends.",
  formula: "φ(t) = sin²(πt/2)",
  slopes: "φ'(1) = 0, φ'(0) = 0",
  source: "Nichol & Dhariwal 2021 (arXiv:2102.09672)",
  example: "cosine",
  parameters: {},
  build: () =>
    fromShiftFunction((t) => (t === 1 ? 1 : Math.sin((Math.PI / 2) * t) ** 2), {
      endSlopes: { start: 0, terminal: 0 },
    }),
});

/** The signal-to-noise ratio of the cosine path on the straight path: σ/(1 − σ) = tan(πt/2). */
export const cosmap = scheduleKind({
  name: "cosmap",
  summary: "SD3's CosMap: the signal-to-noise ratios of the cosine path on the straight path.",
  formula: "φ(t) = sin(πt/2)/(sin(πt/2) + cos(πt/2))",
  slopes: "φ'(1) = π/2, φ'(0) = π/2",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  example: "cosmap",
  parameters: {},
  build: () =>
    fromShiftFunction(
      (t) => {
        const [noise, signal] = [Math.sin((Math.PI / 2) * t), Math.cos((Math.PI / 2) * t)];
        return noise / (noise + signal);
      },
      { endSlopes: { start: Math.PI / 2, terminal: Math.PI / 2 } },
    ),
});

const sigmoidEnd = { min: -100, max: 100 };

/** The logistic CDF between start/τ and end/τ. */
export const sigmoid = scheduleKind({
  name: "sigmoid",
  summary: "The sigmoid noise schedule as a shift function.",
  formula: "φ(t) = (F(start + (end − start)t) − F(start))/(F(end) − F(start)), F(x) = 1/(1 + e^(−x/τ))",
  slopes: "F'(end) and F'(start) times (end − start)/(F(end) − F(start))",
  source: "Chen 2023, On the Importance of Noise Scheduling (arXiv:2301.10972)",
  example: "sigmoid:start=-3,end=3,tau=1",
  parameters: {
    start: number("where the window begins, at σ = 0", { ...sigmoidEnd, fallback: -3 }),
    end: number("where it ends, at σ = 1", { ...sigmoidEnd, fallback: 3 }),
    tau: number("τ, the temperature", { min: 0.1, max: 100, fallback: 1 }),
  },
  build({ start, end, tau }) {
    if (end - start < NARROWEST * tau)
      throw new ProbeError(
        "input",
        `sigmoid's start is ${start}; it must be below end, which is ${end}, by at least ${NARROWEST}·τ = ${NARROWEST * tau}.`,
      );
    const window = { distribution: DISTRIBUTIONS.logistic, a: start / tau, b: end / tau };
    if (!hasMass(window))
      throw new ProbeError(
        "input",
        `sigmoid's window from ${start} to ${end} is so far out at τ = ${tau} that the logistic density underflows to 0; choose a window nearer to 0 or a larger tau.`,
      );
    return fromShiftFunction(windowFunction(window), { endSlopes: windowSlopes(window) });
  },
});

/** φ(t) = t^p. */
export const polynomial = scheduleKind({
  name: "polynomial",
  summary: "A power of t; p < 1 takes small steps first.",
  formula: "φ(t) = t^p",
  slopes: "φ'(1) = p, φ'(0) = 0 for p > 1, ∞ for p < 1",
  source: "-",
  example: "polynomial:.5",
  parameters: { p: number("the power", { ...positive, max: 100 }) },
  build: ({ p }) =>
    fromShiftFunction((t) => t ** p, {
      endSlopes: { start: p, terminal: p === 1 ? 1 : p > 1 ? 0 : Number.POSITIVE_INFINITY },
    }),
});

/** logit σ is normal: the distribution of SD3's training timesteps. μ shifts it as ln s does. */
export const logitNormal = scheduleKind({
  name: "logit-normal",
  summary: "The logit-normal quantile: steps distributed like the training timesteps of SD3.",
  formula: "φ(t) = 1/(1 + e^(−μ − s·Φ⁻¹(t)))",
  slopes: "∞ at both ends",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  example: "logit-normal:0,1",
  parameters: {
    mu: number("μ, the median of logit σ; ln of a shift", { min: -10, max: 10 }),
    s: number("the standard deviation of logit σ", { ...positive, max: 10 }),
  },
  build: ({ mu, s }) =>
    fromShiftFunction((t) => 1 / (1 + Math.exp(-mu - s * normalQuantile(t))), {
      endSlopes: { start: Number.POSITIVE_INFINITY, terminal: Number.POSITIVE_INFINITY },
    }),
});

/** σ for t < ½, where its odds follow a power law, e^μ·(2t)^b. */
function laplaceLowerHalf(mu: number, b: number, t: number): number {
  const odds = Math.exp(mu) * (2 * t) ** b;
  return odds / (1 + odds);
}

function laplaceSlope(mu: number, b: number): number {
  return b === 1 ? 2 * Math.exp(mu) : b > 1 ? 0 : Number.POSITIVE_INFINITY;
}

/** logit σ is Laplace-distributed: logit σ = μ + b·Q(t) with the Laplace quantile Q(t) = −sgn(t − ½)·ln(1 − 2|t − ½|). */
export const laplace = scheduleKind({
  name: "laplace",
  summary: "The Laplace noise schedule: steps concentrated around the σ whose logit is μ.",
  formula: "logit φ(t) = μ + b·Q(t), Q(t) = ln 2t for t < ½, −ln 2(1 − t) above",
  slopes: "b = 1: φ'(1) = 2e^−μ, φ'(0) = 2e^μ; b > 1: 0; b < 1: ∞",
  source: "Hang et al. 2024, Improved Noise Schedule for Diffusion Training (arXiv:2407.03297)",
  example: "laplace:0,.5",
  parameters: {
    mu: number("μ, the median of logit σ; ln of a shift", { min: -10, max: 10 }),
    b: number("the scale of logit σ", { ...positive, max: 10 }),
  },
  build: ({ mu, b }) =>
    fromShiftFunction((t) => (t < 0.5 ? laplaceLowerHalf(mu, b, t) : 1 - laplaceLowerHalf(-mu, b, 1 - t)), {
      endSlopes: { start: laplaceSlope(-mu, b), terminal: laplaceSlope(mu, b) },
    }),
});

/** Slope of the beta quantile at the end that `own` shapes: 1/f there. */
function betaSlope(own: number, other: number): number {
  if (own === 1) return 1 / other;
  return own < 1 ? 0 : Number.POSITIVE_INFINITY;
}

const betaShape = { min: 0, max: 1000, open: "min" } as const;

/**
 * The quantile function of a beta distribution. Without `min` it is a shift function on the grid 1 − i/N, as in
 * ComfyUI; with it, σ goes from max to min on the grid i/(N − 1), as in diffusers. α, β < 1 take more steps at both ends.
 */
export const beta = scheduleKind({
  name: "beta",
  summary: "The quantile of the beta distribution; the paper uses α = β = .6, beta57 uses .5, .7.",
  formula: "φ(t) = I⁻¹(t; α, β); with min: σᵢ = min + (max − min)·I⁻¹(1 − i/(N − 1); α, β)",
  slopes: "φ'(1) = 0, 1/α, ∞ for β <, =, > 1; φ'(0) = 0, 1/β, ∞ for α <, =, > 1",
  source: "Lee et al. 2024, Beta Sampling is All You Need (arXiv:2407.12173); diffusers use_beta_sigmas",
  example: "beta:.6,.6",
  parameters: {
    alpha: number("α, which shapes the end at σ = 0", betaShape),
    beta: number("β, which shapes the end at σ = 1", betaShape),
    min: optional({ ...minSigma, doc: "the last sigma, as in diffusers" }),
    max: maxSigma,
  },
  build({ alpha, beta: second, min, max }) {
    const quantile = (t: number): number => betaQuantile(t, alpha, second);
    if (min === null)
      return fromShiftFunction((t) => max * quantile(t), {
        endSlopes: { start: max * betaSlope(second, alpha), terminal: max * betaSlope(alpha, second) },
      });
    checkMinMax("beta", min, max);
    return fromInclusiveGrid((u) => min + quantile(1 - u) * (max - min));
  },
});

/** RES4LYF's name for beta:.5,.7. */
export const beta57 = scheduleKind({
  name: "beta57",
  summary: "Shorthand for beta:.5,.7.",
  formula: "φ(t) = I⁻¹(t; .5, .7)",
  slopes: "φ'(1) = 0, φ'(0) = 0",
  source: "RES4LYF",
  example: "beta57",
  parameters: {},
  build: () => "beta:.5,.7",
});

/**
 * Whether a function of the article is used as it stands or divided by its value at 1. It must be chosen: as it stands
 * neither function is a shift function, except for s = 1.
 */
const articleForm = optional(
  choice("normalised divides it by its value at 1; required unless s = 1", ["as-is", "normalised"]),
);

/**
 * The article's g(t) = s²t(1 + (s − 1)t/2)/(1 + (s − 1)t)², the integral of s²/(1 + (s − 1)t)³. It is not a shift
 * function: g(1) = (s + 1)/2, and g'(0) is s², not s. g(t)/g(1) is one, with slopes 2/(s(s + 1)) and 2s²/(s + 1): the
 * CDF of a density that falls as x⁻³.
 */
export const g = scheduleKind({
  name: "g",
  summary: "The article's g, divided by g(1) to make it a shift function.",
  formula: "φ(t) = g(t)/g(1), g(t) = s²·t·(1 + (s − 1)t/2)/(1 + (s − 1)t)²",
  slopes: "φ'(1) = 2/(s(s + 1)), φ'(0) = 2s²/(s + 1)",
  source: "the article behind l1probe (docs/article.md)",
  example: "g:7,form=normalised",
  parameters: { s: number("the shift whose slopes g was meant to keep", positive), form: articleForm },
  build({ s, form }) {
    if (form === null && s === 1) return "g:1,form=as-is";
    const end = (s + 1) / 2;
    const slopes = { start: 1 / (s * end), terminal: (s * s) / end };
    if (form !== "normalised" && s !== 1)
      throw new ProbeError(
        "input",
        `g:${s} is not a shift function: g(1) = (s + 1)/2 = ${end}, not 1 (and g'(0) = s² = ${s * s}, not s); write g:${s},form=normalised for g(t)/g(1), whose slopes are φ'(1) = ${slopes.start} and φ'(0) = ${slopes.terminal}.`,
      );
    return fromShiftFunction((t) => (s * s * t * (1 + ((s - 1) * t) / 2)) / (1 + (s - 1) * t) ** 2 / end, {
      endSlopes: slopes,
    });
  },
});

/**
 * The article's h(t) = s·arctan(rt)/r with r = √(s² − 1), the integral of the Lorentzian s/(1 + r²t²), with slopes s and
 * 1/s. But h(1) = s·arctan(r)/r is 1 only for s = 1, so it needs the same division as g; its slopes then are
 * r/(s²·arctan r) and r/arctan r. The Cauchy window with a given first slope is cdf:cauchy.
 */
export const lorentz = scheduleKind({
  name: "lorentz",
  summary: "The article's h, an arctangent, divided by h(1) to make it a shift function.",
  formula: "φ(t) = arctan(rt)/arctan(r), r = √(s² − 1)",
  slopes: "φ'(1) = r/(s²·arctan r), φ'(0) = r/arctan r",
  source: "the article behind l1probe (docs/article.md)",
  example: "lorentz:7,form=normalised",
  parameters: { s: number("the shift whose slopes h was meant to keep", { min: 1 }), form: articleForm },
  build({ s, form }) {
    if (form === null && s === 1) return "lorentz:1,form=as-is";
    if (s === 1) return fromShiftFunction((t) => t, { endSlopes: { start: 1, terminal: 1 } });
    const r = Math.sqrt(s * s - 1);
    const slopes = { start: r / (s * s * Math.atan(r)), terminal: r / Math.atan(r) };
    if (form !== "normalised")
      throw new ProbeError(
        "input",
        `lorentz:${s} is not a shift function: h(1) = s·arctan(r)/r = ${(s * Math.atan(r)) / r}, not 1; write lorentz:${s},form=normalised for h(t)/h(1), whose slopes are φ'(1) = ${slopes.start} and φ'(0) = ${slopes.terminal}, or cdf:cauchy,s=${s} for φ'(1) = 1/${s}.`,
      );
    return fromShiftFunction((t) => Math.atan(r * t) / Math.atan(r), { endSlopes: slopes });
  },
});
