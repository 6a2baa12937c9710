/** Schedules made from other schedules, which follow after a `+`: `blend:.5+shift:7+linear`. */

import { ProbeError } from "../../errors.ts";
import { type Curve, type EndSlopes, fromInclusiveGrid, fromShiftFunction, fromSigmaAt } from "../curve.ts";
import { throughSigmas } from "../math/pchip.ts";
import { bisect } from "../math/specialFunctions.ts";
import { choice, number, optional } from "../parameter.ts";
import type { Schedule } from "../schedule.ts";
import { scheduleKind } from "../scheduleKind.ts";

/** Piecewise linear in ln σ from the first to the last sigma, both kept. */
function logLinear(sigmas: readonly number[]): Curve {
  const last = sigmas.length - 1;
  return fromInclusiveGrid((u) => {
    const index = Math.min(Math.floor(u * last), last - 1);
    const [from = 0, to = from] = sigmas.slice(Math.max(0, index), index + 2);
    return from * (to / from) ** (u * last - index);
  });
}

/** A list of sigmas at any N. `pchip` interpolates them and the terminal 0; `log-linear` keeps the first and the last. */
export const resample = scheduleKind({
  name: "resample",
  summary: "A list of sigmas (sigmas:, file:) resampled to any N.",
  formula: "pchip: the monotone cubic through (1 − i/K, σᵢ) and (0, 0); log-linear: ln σ at i/(N − 1)",
  slopes: "those of the list",
  source: "Fritsch & Butland 1984; Align Your Steps' log-linear interpolation (arXiv:2404.14507)",
  example: "resample:pchip+sigmas:1,.9,.6,.3",
  parameters: { method: choice("the interpolation", ["pchip", "log-linear"], { fallback: "pchip" }) },
  operands: 1,
  build({ method }, [operand]) {
    if (operand.fixedSteps === null)
      throw new ProbeError(
        "input",
        `resample is followed by ${operand.spec}, which already runs any number of steps; leave resample out.`,
      );
    const sigmas = operand.exact(operand.fixedSteps);
    if (method === "pchip") return fromShiftFunction(throughSigmas(sigmas));
    if (sigmas.length < 2)
      throw new ProbeError("input", `resample:log-linear needs at least two sigmas; ${operand.spec} has one.`);
    return logLinear(sigmas);
  },
});

/**
 * The terminal shift of LTX and Qwen-Image, diffusers' `shift_terminal`: scales 1 − σ so that the last sigma becomes T,
 * and keeps σ = 1. In float32 each operation is rounded, as in diffusers. Its typed name is `stretch`.
 */
export const shiftTerminal = scheduleKind({
  name: "stretch",
  summary:
    "Another schedule with its last sigma moved to a given value: diffusers' shift_terminal (LTX-2 .1, Qwen-Image .02).",
  formula: "σᵢ → 1 − (1 − σᵢ)(1 − T)/(1 − σ_last)",
  slopes: "those of the schedule, times (1 − T)/(1 − σ_last)",
  source: "LTX-Video's code; diffusers stretch_shift_to_terminal",
  example: "stretch:.1+shift:7",
  parameters: { terminal: number("T, the last sigma", { min: 0, max: 1, open: "both" }) },
  operands: 1,
  build({ terminal }, [operand]) {
    const least = (value: number | undefined): number => {
      if (value === undefined || value >= 1)
        throw new ProbeError("input", "stretch needs a last sigma below 1, so use at least two steps.");
      return 1 - value;
    };
    return fromSigmaAt(
      (x, steps) => {
        const last = steps - 1;
        if (x > last) return terminal * (steps - x);
        return 1 - ((1 - operand.sigmaAt(x, steps)) * (1 - terminal)) / least(operand.sigmaAt(last, steps));
      },
      {
        fixedSteps: operand.fixedSteps,
        float32: (steps) => {
          const f = Math.fround;
          const sigmas = operand.sigmas(steps);
          const scale = f(f(least(sigmas.at(-1))) / f(1 - terminal));
          return sigmas.map((sigma) => f(1 - f(f(1 - sigma) / scale)));
        },
      },
    );
  },
});

/** The number of steps that two schedules have in common. */
function sharedSteps(first: Schedule, second: Schedule): number | null {
  if (first.fixedSteps !== null && second.fixedSteps !== null && first.fixedSteps !== second.fixedSteps)
    throw new ProbeError(
      "input",
      `blend has ${first.fixedSteps} sigmas in ${first.spec} and ${second.fixedSteps} in ${second.spec}; the numbers must be equal, or put resample+ in front of one.`,
    );
  return first.fixedSteps ?? second.fixedSteps;
}

/** The weighted mean of two schedules, step by step; its slopes are the weighted means of theirs. */
export const blend = scheduleKind({
  name: "blend",
  summary: "The weighted mean of two schedules, step by step.",
  formula: "σᵢ = (1 − w)·aᵢ + w·bᵢ",
  slopes: "(1 − w) times the first schedule's plus w times the second's",
  source: "-",
  example: "blend:.5+shift:7+linear",
  parameters: { weight: number("w, the weight of the second schedule", { min: 0, max: 1 }) },
  operands: 2,
  build({ weight }, [first, second]) {
    const mean = (a: number, b: number): number => (1 - weight) * a + weight * b;
    const [a, b] = [first.endSlopes, second.endSlopes];
    const endSlopes: EndSlopes | null =
      a === null || b === null ? null : { start: mean(a.start, b.start), terminal: mean(a.terminal, b.terminal) };
    return fromSigmaAt((x, steps) => mean(first.sigmaAt(x, steps), second.sigmaAt(x, steps)), {
      fixedSteps: sharedSteps(first, second),
      endSlopes,
    });
  },
});

/** The position x at which a schedule of N steps passes σ. */
function positionOf(sigma: number, { spec, sigmaAt }: Schedule, steps: number): number {
  if (sigmaAt(0, steps) <= sigma)
    throw new ProbeError(
      "input",
      `piecewise joins at ${sigma}, but ${spec} starts at ${sigmaAt(0, steps)}; join below that.`,
    );
  return bisect((x) => sigma - sigmaAt(x, steps), 0, steps);
}

/**
 * Two schedules joined at a sigma: the first above it, the second below. Each part keeps its relative pace, and the
 * whole is scaled to N steps, unless `share` sets the fraction of the steps above the join.
 */
export const piecewise = scheduleKind({
  name: "piecewise",
  summary: "Two schedules joined at a sigma: the first above it, the second below.",
  formula: "σ follows a from 1 to σ*, then b from σ* to 0, in N steps",
  slopes: "those of the parts, scaled to N steps",
  source: "-",
  example: "piecewise:.5+shift:7+linear",
  parameters: {
    at: number("σ*, where they join", { min: 0, max: 1, open: "both" }),
    share: optional(number("the fraction of the steps above σ*", { min: 0, max: 1, open: "both" })),
  },
  operands: 2,
  build({ at, share }, [above, below]) {
    for (const { fixedSteps, spec } of [above, below])
      if (fixedSteps !== null)
        throw new ProbeError(
          "input",
          `piecewise is followed by ${spec}, which fixes its number of steps; put resample+ in front of it.`,
        );
    let known = { steps: 0, leave: 0, enter: 0, turn: 0 };
    const joinFor = (steps: number): typeof known => {
      if (known.steps === steps) return known;
      const [leave, enter] = [positionOf(at, above, steps), positionOf(at, below, steps)];
      known = { steps, leave, enter, turn: (share ?? leave / (leave + steps - enter)) * steps };
      return known;
    };
    return fromSigmaAt((x, steps) => {
      const { leave, enter, turn } = joinFor(steps);
      if (x <= turn) return above.sigmaAt((x / turn) * leave, steps);
      return below.sigmaAt(steps - ((steps - x) / (steps - turn)) * (steps - enter), steps);
    });
  },
});

/** A schedule mirrored: its last steps come first. reverse+shift:7 is shift:1/7. */
export const reverse = scheduleKind({
  name: "reverse",
  summary: "A schedule mirrored: small steps where it took large ones.",
  formula: "φ(t) → 1 − φ(1 − t)",
  slopes: "those of the schedule, exchanged",
  source: "-",
  example: "reverse+shift:7",
  parameters: {},
  operands: 1,
  build(_, [{ spec, sigmaAt, endSlopes, fixedSteps }]) {
    return fromSigmaAt(
      (x, steps) => {
        const first = sigmaAt(0, steps);
        if (first !== 1)
          throw new ProbeError(
            "input",
            `reverse is followed by ${spec}, which starts at ${first}; only a schedule that starts at 1 ends at 0 when reversed.`,
          );
        return 1 - sigmaAt(steps - x, steps);
      },
      { fixedSteps, endSlopes: endSlopes && { start: endSlopes.terminal, terminal: endSlopes.start } },
    );
  },
});

/**
 * The first schedule's shift function applied to the sigmas of the second, as ComfyUI applies a model's shift to every
 * scheduler. By the chain rule the slopes multiply if both run from 1 to 0.
 */
export const compose = scheduleKind({
  name: "compose",
  summary: "A shift function applied to another schedule's sigmas, like beta on a shifted model.",
  formula: "σᵢ = φ(bᵢ)",
  slopes: "the product of both",
  source: "-",
  example: "compose+shift:7+beta:.6,.6",
  parameters: {},
  operands: 2,
  build(_, [first, second]) {
    const { phi } = first;
    if (phi === null)
      throw new ProbeError(
        "input",
        `compose is followed by ${first.spec}, which depends on the number of steps; the first schedule must be a shift function like shift:7.`,
      );
    const [a, b] = [first.endSlopes, second.endSlopes];
    return fromSigmaAt((x, steps) => phi(second.sigmaAt(x, steps)), {
      fixedSteps: second.fixedSteps,
      endSlopes: a === null || b === null ? null : { start: a.start * b.start, terminal: a.terminal * b.terminal },
    });
  },
});
