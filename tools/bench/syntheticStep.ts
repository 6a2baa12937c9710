import {
  Difference,
  type DifferenceSums,
  type PairSums,
  Signal,
  type SignalSums,
  type Step,
  type Sums,
} from "../../src/generated/l1probe/v1/probe.ts";
import { jitter } from "./jitter.ts";

/** Elements of one latent frame at 320×512: 16 channels of 40×64. */
export const frameElements = 40_960;

const meanChanges = { cond: 1, uncond: 0.8, cfg: 1.4 };

/** ∫ from sigma to 1 of a change per unit σ that is steep at both ends, as real models' are. */
function travelled(sigma: number): number {
  return 0.3 * (1 - sigma) + (2.4 / 13) * (1 - sigma ** 13) + (2.9 / 7) * (1 - sigma) ** 7;
}

/** Mean of |x| of each signal where the state stands at sigma. */
const means = {
  latent: (sigma: number) => 0.35 + 0.45 * sigma ** 2 + 0.25 * (1 - sigma) ** 2,
  cond: (sigma: number) => 0.8 + 0.1 * sigma,
  uncond: (sigma: number) => 0.8 + 0.08 * sigma,
  cfg: (sigma: number) => 0.9 + 0.3 * sigma,
};

/** Where a step goes from and to, and which step of which cell it is. */
export interface Place {
  readonly cell: number;
  readonly step: number;
  /** Of the step before; null in the first. */
  readonly before: number | null;
  readonly sigma: number;
  readonly sigmaNext: number;
  readonly latentFrames: number;
}

/**
 * What a server would stream of a step that no model made: sums of Gaussian elements (Σx² = π/2·mean|x|²·count) whose
 * means follow closed forms, every number with the digits of a measured one.
 */
export function syntheticStep(place: Place): Step {
  const { cell, step, before, sigma, sigmaNext } = place;
  const pace = 1 + 0.15 * jitter(cell, 0);
  const moved = before === null ? null : pace * (travelled(sigma) - travelled(before));
  const [latentIn, latentOut] = [means.latent(sigma), means.latent(sigmaNext)];
  const prediction = (name: "cond" | "uncond" | "cfg", difference: Difference) => {
    const mean = means[name](sigma);
    return moved === null ? [] : [pairs(place, difference, mean, means[name](before ?? 0), meanChanges[name] * moved)];
  };
  return {
    step,
    evaluation: 0,
    trueCfgScale: 6,
    sigma,
    sigmaNext,
    timestep: Math.fround(1000 * sigma),
    signals: [
      signals(place, Signal.SIGNAL_LATENT_IN, latentIn),
      signals(place, Signal.SIGNAL_COND, means.cond(sigma)),
      signals(place, Signal.SIGNAL_UNCOND, means.uncond(sigma)),
      signals(place, Signal.SIGNAL_CFG, means.cfg(sigma)),
      signals(place, Signal.SIGNAL_LATENT_OUT, latentOut),
    ],
    differences: [
      pairs(
        place,
        Difference.DIFFERENCE_LATENT,
        latentOut,
        latentIn,
        ((sigma - sigmaNext) * means.cfg(sigma)) / latentIn,
      ),
      ...prediction("cond", Difference.DIFFERENCE_COND),
      ...prediction("uncond", Difference.DIFFERENCE_UNCOND),
      ...prediction("cfg", Difference.DIFFERENCE_CFG),
    ],
    seconds: 0.11 * (1 + 0.1 * jitter(cell, step)),
    batchSize: 16,
    expert: "",
    shared: step === 0 && cell % 16 !== 0,
  };
}

/** Π/2·mean²: what a Gaussian's mean of squares is for its mean of |x|. */
const square = (mean: number) => (Math.PI / 2) * mean ** 2;

function signals(place: Place, signal: Signal, mean: number): SignalSums {
  const frames = framesOf(place, signal, (wobble): Sums => {
    const here = mean * wobble;
    return {
      count: BigInt(frameElements),
      sumAbs: here * frameElements,
      sumSquares: square(here) * frameElements,
      min: Math.fround(-5 * here * wobble),
      max: Math.fround(5.1 * here * wobble),
      nonFinite: 0n,
    };
  });
  const total = (field: "sumAbs" | "sumSquares") => frames.reduce((sum, frame) => sum + frame[field], 0);
  const whole = {
    count: BigInt(frameElements * frames.length),
    sumAbs: total("sumAbs"),
    sumSquares: total("sumSquares"),
    min: Math.min(...frames.map(({ min }) => min)),
    max: Math.max(...frames.map(({ max }) => max)),
    nonFinite: 0n,
  };
  return { signal, whole, frames };
}

function pairs(place: Place, difference: Difference, a: number, b: number, relative: number): DifferenceSums {
  const frames = framesOf(place, 16 + difference, (wobble): PairSums => {
    const apart = relative * b * wobble;
    return {
      count: BigInt(frameElements),
      sumAbsDifference: apart * frameElements,
      sumSquaredDifference: square(apart) * frameElements,
      sumProduct: ((square(a) + square(b) - square(apart)) / 2) * frameElements,
      sumAbsReference: b * wobble * frameElements,
    };
  });
  const total = (field: Exclude<keyof PairSums, "count">) => frames.reduce((sum, frame) => sum + frame[field], 0);
  const whole = {
    count: BigInt(frameElements * frames.length),
    sumAbsDifference: total("sumAbsDifference"),
    sumSquaredDifference: total("sumSquaredDifference"),
    sumProduct: total("sumProduct"),
    sumAbsReference: total("sumAbsReference"),
  };
  return { difference, whole, frames };
}

function framesOf<T>({ cell, step, latentFrames }: Place, what: number, make: (wobble: number) => T): T[] {
  return Array.from({ length: latentFrames }, (_, frame) => make(1 + 0.01 * jitter(cell, 1 + step, what, frame)));
}
