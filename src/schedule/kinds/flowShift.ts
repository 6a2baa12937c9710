/**
 * The flow shift (SD3's timestep shift): φ(t) = s·t / (1 + (s − 1)·t), with slope 1/s where sampling begins and s where
 * it ends. Models differ in how they choose s and in the grid and the arithmetic in which they apply it.
 *
 * - Esser et al. 2024, Scaling Rectified Flow Transformers (SD3), arXiv:2403.03206, section 5.3.2
 * - Black Forest Labs, FLUX.1 and FLUX.2: s = e^μ with μ from the latent's sequence length
 * - Lipman et al. 2022, Flow Matching, arXiv:2210.02747; Liu et al. 2022, Rectified Flow, arXiv:2209.03003: no shift
 */

import { ProbeError } from "../../errors.ts";
import { type Curve, fromInclusiveGrid, fromShiftFunction, fromSigmaAt, fromSteps } from "../curve.ts";
import { choice, number, optional, size } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** S(s, t) = s·t / (1 + (s − 1)·t) in float64, exactly 1 at t = 1. Its inverse is S(1/s, ·). */
export function flowShift(s: number, t: number): number {
  return (s * t) / (s * t + (1 - t));
}

/** φ at the float32 grid 1 − i/N. The first sigma is φ(1) = 1 by definition; rounding would miss it for a few s. */
function onFloat32Grid(steps: number, phi: (t: number) => number): number[] {
  return Array.from({ length: steps }, (_, index) => (index === 0 ? 1 : phi(Math.fround((steps - index) / steps))));
}

/**
 * The flow shift of one float32 value as diffusers computes it, each operation rounded to float32:
 * HunyuanVideoPipeline passes linspace(1, 0, N + 1) without its end to FlowMatchEulerDiscreteScheduler(shift = s), which
 * casts it and shifts it. Rounding a float64 result once differs in about a third of the values.
 */
function shiftFloat32(s: number, t: number): number {
  const f = Math.fround;
  return f(f(f(s) * t) / f(1 + f(f(s - 1) * t)));
}

/**
 * The same function as diffusers computes it in dynamic shifting, m/(m + (1/t − 1)) with m = e^μ (exponential) or m = μ
 * (linear), which rounds differently from {@link shiftFloat32}.
 */
function dynamicShiftFloat32(m: number, steps: number): number[] {
  const f = Math.fround;
  return onFloat32Grid(steps, (t) => f(f(m) / f(f(m) + f(f(1 / t) - 1))));
}

/** σᵢ = 1 − i/N: equal steps, both end slopes 1. The plain rectified-flow grid. */
export const linear = scheduleKind({
  name: "linear",
  summary: "Equal steps, no shift.",
  formula: "φ(t) = t",
  slopes: "φ'(1) = 1, φ'(0) = 1",
  source: "Liu et al. 2022, Rectified Flow (arXiv:2209.03003)",
  example: "linear",
  parameters: {},
  build: () => fromShiftFunction((t) => t, { shift: 1, endSlopes: { start: 1, terminal: 1 } }),
});

const positive = { min: 0, open: "min" } as const;

/** The flow shift with a given s > 0. s = 1 is linear; s > 1 takes smaller steps near σ = 1, s < 1 near σ = 0. */
export const shift = scheduleKind({
  name: "shift",
  summary: "The flow shift of SD3, HunyuanVideo and Wan, bit for bit as HunyuanVideoPipeline runs it.",
  formula: "φ(t) = s·t / (1 + (s − 1)·t)",
  slopes: "φ'(1) = 1/s, φ'(0) = s",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206); diffusers FlowMatchEulerDiscreteScheduler",
  example: "shift:7",
  parameters: { s: number("the shift", positive) },
  build: ({ s }) =>
    fromShiftFunction((t) => flowShift(s, t), {
      shift: s,
      endSlopes: { start: 1 / s, terminal: s },
      float32: (steps) => onFloat32Grid(steps, (t) => shiftFloat32(s, t)),
    }),
});

/**
 * SD3's shift for a change of resolution: s = √(m/n) for m pixels instead of n, which keeps the same uncertainty at the
 * same t. Shorthand for `shift:s`, which is what records contain.
 */
export const resolutionShift = scheduleKind({
  name: "resolution-shift",
  summary: "SD3's shift from resolution; shorthand for shift:√(pixels/base pixels).",
  formula: "φ(t) = s·t / (1 + (s − 1)·t), s = √(m/n)",
  slopes: "φ'(1) = 1/s, φ'(0) = s",
  source: "Esser et al. 2024, SD3 (arXiv:2403.03206)",
  example: "resolution-shift:1024x1024,base=512x512",
  parameters: { size: size("the size to sample"), base: size("the size that needs no shift", { keyed: true }) },
  build: ({ size: m, base: n }) =>
    `shift:${Math.sqrt((m.width * m.height * m.frames) / (n.width * n.height * n.frames))}`,
});

/** How μ becomes a shift: s = e^μ or s = μ. */
const MU_FORMS = ["exponential", "linear"] as const;

const form = choice("whether the shift is e^μ or μ", MU_FORMS, { fallback: "exponential" });

/**
 * diffusers' dynamic shifting, in its arithmetic.
 *
 * @throws ProbeError kind input if the linear form gives no positive shift
 */
function dynamicShift(mu: number, form: (typeof MU_FORMS)[number]): Curve {
  if (form === "linear" && mu <= 0)
    throw new ProbeError("input", `μ is ${mu}; in the linear form it is the shift and must be positive.`);
  const m = form === "exponential" ? Math.exp(mu) : mu;
  return fromShiftFunction((t) => flowShift(m, t), {
    endSlopes: { start: 1 / m, terminal: m },
    float32: (steps) => dynamicShiftFloat32(m, steps),
  });
}

/** The flow shift given by its logarithm, as in FLUX and its successors. μ = 0 is linear in the exponential form. */
export const muShift = scheduleKind({
  name: "mu-shift",
  summary: "The flow shift by μ, bit for bit as diffusers computes dynamic shifting.",
  formula: "φ(t) = m / (m + 1/t − 1), m = e^μ (exponential) or μ (linear)",
  slopes: "φ'(1) = 1/m, φ'(0) = m",
  source: "FLUX.1's code; diffusers FlowMatchEulerDiscreteScheduler, time_shift_type",
  example: "mu-shift:1.15",
  parameters: { mu: number("μ; positive in the linear form", { min: -10, max: 10 }), form },
  build: ({ mu, form }) => dynamicShift(mu, form),
});

const tokens = { min: 1, max: 1e8, integer: true };
const mu = { min: -10, max: 10, keyed: true };

/**
 * The shift from the latent's sequence length: μ lies on the straight line through (base-tokens, base-mu) and
 * (max-tokens, max-mu), extended beyond both. FLUX.1 uses .5 to 1.15 over 256 to 4096 tokens, LTX-2 .95 to 2.05 over
 * 1024 to 4096, Qwen-Image .5 to .9 over 256 to 8192; their presets spell this out. FramePack limits the shift to 7.
 */
export const tokenShift = scheduleKind({
  name: "token-shift",
  summary: "The shift from sequence length: FLUX.1, LTX, LTX-2, Qwen-Image, FramePack.",
  formula: "φ(t) = m / (m + 1/t − 1), m = e^μ or μ, μ linear in tokens, m ≤ max-shift",
  slopes: "φ'(1) = 1/m, φ'(0) = m",
  source: "FLUX.1's code; diffusers calculate_shift",
  example: "token-shift:4096,base-tokens=256,max-tokens=4096,base-mu=.5,max-mu=1.15",
  parameters: {
    tokens: number("the latent's sequence length", tokens),
    "base-tokens": number("the length at which μ is base-mu", { ...tokens, keyed: true }),
    "max-tokens": number("the length at which μ is max-mu", { ...tokens, keyed: true }),
    "base-mu": number("μ at base-tokens", mu),
    "max-mu": number("μ at max-tokens", mu),
    "max-shift": optional(number("the largest m; unlimited by default", positive)),
    form,
  },
  build(values) {
    const [base, top] = [values["base-tokens"], values["max-tokens"]];
    if (base >= top)
      throw new ProbeError(
        "input",
        `token-shift's base-tokens is ${base}; it must be below max-tokens, which is ${top}.`,
      );
    const rise = (values["max-mu"] - values["base-mu"]) / (top - base);
    const mu = values.tokens * rise + (values["base-mu"] - rise * base);
    const limit = values["max-shift"];
    if (limit === null) return dynamicShift(mu, values.form);
    return dynamicShift(Math.min(mu, values.form === "exponential" ? Math.log(limit) : limit), values.form);
  },
});

/**
 * FLUX.2's μ from sequence length q and number of steps N: B = 1.6927e-4·q + .45666666 for q > 4300; below that, the
 * line in N through A = 8.73809524e-5·q + 1.89833333 at 10 steps and B at 200.
 */
function flux2Mu(tokens: number, steps: number): number {
  const many = 0.00016927 * tokens + 0.45666666;
  if (tokens > 4300) return many;
  const few = 8.73809524e-5 * tokens + 1.89833333;
  const rise = (many - few) / 190;
  return rise * steps + (many - 200 * rise);
}

/** The flow shift with FLUX.2's empirical μ. Up to 4300 tokens, its slopes e^−μ and e^μ depend on N. */
export const flux2Shift = scheduleKind({
  name: "flux2-shift",
  summary: "FLUX.2's shift from sequence length and number of steps.",
  formula: "φ(t) = m / (m + 1/t − 1), m = e^μ(tokens, N)",
  slopes: "φ'(1) = e^−μ, φ'(0) = e^μ",
  source: "FLUX.2's code; diffusers compute_empirical_mu",
  example: "flux2-shift:4096",
  parameters: { tokens: number("the latent's sequence length", { min: 1, max: 40_000, integer: true }) },
  build: ({ tokens }) =>
    fromSigmaAt((x, steps) => flowShift(Math.exp(flux2Mu(tokens, steps)), (steps - x) / steps), {
      float32: (steps) => dynamicShiftFloat32(Math.exp(flux2Mu(tokens, steps)), steps),
    }),
});

/**
 * What FlowMatchEulerDiscreteScheduler(shift = s) runs if a pipeline passes no sigmas, and ComfyUI's `normal`: the grid
 * already ends at the shifted S(s, .001) and is shifted again. For comparison, not recommended: its last sigma is
 * S(s, S(s, .001)), .047 for s = 7, and the last step goes from there to 0.
 */
export const doubleShift = scheduleKind({
  name: "double-shift",
  summary: "diffusers' default grid without custom sigmas (ComfyUI's normal), which is shifted twice.",
  formula: "σᵢ = S(s, 1 − (1 − S(s, .001))·i/(N − 1)), S the flow shift",
  slopes: "φ'(1) = (1 − S(s, .001))/s for large N; the last step is S(s, S(s, .001))",
  source: "diffusers FlowMatchEulerDiscreteScheduler.set_timesteps; ComfyUI normal_scheduler",
  example: "double-shift:7",
  parameters: { s: number("the shift", positive) },
  build: ({ s }) => {
    const lowest = shiftFloat32(s, Math.fround(0.001));
    return fromInclusiveGrid((u) => flowShift(s, 1 + u * (lowest - 1)));
  },
});

const end = { min: 0, max: 1, keyed: true } as const;

/**
 * The flow shift on an even grid with other ends than 1 and 0, as in multistep solvers: N points from `from` to `to`,
 * without `to`, each shifted. diffusers' UniPC uses 1 to .001, and lowers a first σ of 1 by 1e-6, because its solver
 * takes a logarithm there; its DPM++, DEIS and SA-Solver use .999 to 0, as Wan's own UniPC does. From 1 to 0 it is
 * `shift:s`, which Wan's own DPM++ runs.
 */
export const gridShift = scheduleKind({
  name: "grid-shift",
  summary:
    "The flow shift on a grid with other ends than 1 and 0. diffusers with use_flow_sigmas: UniPC is from=1,to=.001; DPM++, DEIS and SA-Solver are from=.999,to=0, as is Wan's own UniPC.",
  formula: "σᵢ = S(s, from + (to − from)·i/N), S the flow shift",
  slopes: "φ'(1) = (from − to)·S'(from), φ'(0) = (from − to)·S'(to), S'(x) = s/(1 + (s − 1)x)²",
  source:
    "Wan2.1's fm_solvers_unipc; diffusers UniPCMultistepScheduler, DPMSolverMultistepScheduler and DEISMultistepScheduler with use_flow_sigmas",
  example: "grid-shift:5,from=1,to=.001",
  parameters: {
    s: number("the shift", positive),
    from: number("where the grid starts", { ...end, open: "min" }),
    to: number("where the grid ends; not a step itself", { ...end, open: "max" }),
  },
  build({ s, from, to }) {
    if (from <= to) throw new ProbeError("input", `grid-shift's from is ${from}; it must be above to, which is ${to}.`);
    return fromSteps((index, steps) => {
      const t = from + index * ((to - from) / steps);
      return t === 1 ? 1 : (s * t) / (1 + (s - 1) * t);
    });
  },
});
