/**
 * ComfyUI's schedulers by name, on a flow model.
 *
 * ComfyUI comfy/samplers.py (calculate_sigmas) and comfy/model_sampling.py (ModelSamplingDiscreteFlow)
 */

import { ProbeError } from "../../errors.ts";
import { type Curve, fromInclusiveGrid, fromSteps, fromValues } from "../curve.ts";
import { betaQuantile } from "../math/specialFunctions.ts";
import { choice, number, optional, writeNumber } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";
import { flowShift } from "./flowShift.ts";
import { roundHalfEven } from "./timestepSpacing.ts";

/** Names as ComfyUI's scheduler menu shows them. */
const SCHEDULERS = [
  "simple",
  "sgm_uniform",
  "normal",
  "beta",
  "ddim_uniform",
  "linear_quadratic",
  "kl_optimal",
  "karras",
  "exponential",
] as const;

type Scheduler = (typeof SCHEDULERS)[number];

/** Entries of ComfyUI's sigma table of a flow model. */
const TABLE = 1000;

/** Sigmas that ComfyUI runs when set to `steps`, without its final 0. */
type Run = (steps: number, entry: (index: number) => number) => number[];

/** The schedulers that pick whole entries of the table; entry k is S(s, (k + 1)/1000). */
const PICKS: Partial<Readonly<Record<Scheduler, Run>>> = {
  simple: (steps, entry) => Array.from({ length: steps }, (_, i) => entry(TABLE - 1 - Math.floor(i * (TABLE / steps)))),
  beta(steps, entry) {
    const indices = Array.from({ length: steps }, (_, i) =>
      roundHalfEven(betaQuantile(1 - i * (1 / steps), 0.6, 0.6) * (TABLE - 1)),
    );
    // ComfyUI drops repeated entries.
    return indices.filter((index, i) => index !== indices[i - 1]).map(entry);
  },
  ddim_uniform(steps, entry) {
    const stride = Math.max(Math.floor(TABLE / steps), 1);
    const count = Math.ceil((TABLE - 1) / stride);
    return Array.from({ length: count }, (_, i) => entry(1 + stride * (count - 1 - i)));
  },
};

/**
 * A scheduler that may run more or fewer sigmas than it is set to.
 *
 * @param set the steps set in ComfyUI, which fix the list; null to require as many sigmas as steps
 */
function picked(scheduler: Scheduler, run: (steps: number) => number[], set: number | null): Curve {
  if (set !== null) return fromValues(run(set));
  let latest: { steps: number; sigmas: readonly number[] } | null = null;
  return fromSteps((index, steps) => {
    if (latest?.steps !== steps) latest = { steps, sigmas: run(steps) };
    const { sigmas } = latest;
    if (sigmas.length !== steps)
      throw new ProbeError(
        "input",
        `ComfyUI's ${scheduler} runs ${sigmas.length} sigmas when set to ${steps} steps; write comfy:${scheduler},shift=…,steps=${steps} to run those ${sigmas.length}, or choose another number of steps.`,
      );
    return sigmas[index] ?? 0;
  });
}

/**
 * ComfyUI's schedulers on a flow model whose sampling shift is s (ModelSamplingSD3, ModelSamplingFlux or the model's own).
 * ComfyUI tabulates S(s, k/1000) for k = 1 … 1000, takes sigma_max = 1 and sigma_min = S(s, .001) from the table, and
 * looks it up by whole positions. `normal` and `sgm_uniform` shift a grid whose lower end is shifted already.
 */
export const comfy = scheduleKind({
  name: "comfy",
  summary: "ComfyUI's schedulers by name, on a flow model with a shift.",
  formula:
    "T(k) = S(s, k/1000), σmin = T(1). simple: T(1000 − ⌊1000i/N⌋); ddim_uniform: every ⌊1000/N⌋th entry from T(2) up, reversed; beta: T(round(999·I⁻¹(1 − i/N; .6, .6)) + 1); normal: S(s, 1 + (σmin − 1)·i/(N − 1)); sgm_uniform: grid-shift:s,from=1,to=σmin; karras, exponential, kl_optimal: from 1 to σmin; linear_quadratic: threshold .025, whatever the shift",
  slopes: "those of the scheduler",
  source: "ComfyUI comfy/samplers.py (calculate_sigmas) and comfy/model_sampling.py (ModelSamplingDiscreteFlow)",
  example: "comfy:simple,shift=8",
  parameters: {
    scheduler: choice("the scheduler, as ComfyUI spells it", SCHEDULERS),
    shift: number("ComfyUI's shift of the model", { min: 0.1, max: 1000, keyed: true }),
    steps: optional(
      number("the steps set in ComfyUI, if it runs another number of sigmas (ddim_uniform, beta)", {
        min: 1,
        max: 10_000,
        integer: true,
      }),
    ),
  },
  build({ scheduler, shift, steps }) {
    const run = PICKS[scheduler];
    if (run !== undefined)
      return picked(scheduler, (count) => run(count, (index) => flowShift(shift, (index + 1) / TABLE)), steps);
    if (steps !== null)
      throw new ProbeError(
        "input",
        `comfy's steps is ${steps}; ${scheduler} runs as many sigmas as it is set to, so leave steps out.`,
      );
    const sigmaMin = flowShift(shift, 1 / TABLE);
    const min = writeNumber(sigmaMin);
    switch (scheduler) {
      case "normal":
        return fromInclusiveGrid((u) => flowShift(shift, 1 + u * (sigmaMin - 1)));
      case "sgm_uniform":
        return `grid-shift:${writeNumber(shift)},from=1,to=${min}`;
      case "linear_quadratic":
        return "linear-quadratic:threshold=.025";
      case "kl_optimal":
        return `kl-optimal:min=${min}`;
      case "karras":
        return `karras:min=${min}`;
      case "exponential":
        return `exponential:min=${min}`;
      default:
        throw new TypeError(`comfy has no rule for ${scheduler}`);
    }
  },
});
