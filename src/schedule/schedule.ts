import { ProbeError } from "../errors.ts";
import type { Curve } from "./curve.ts";

/**
 * A schedule: for every number of steps N, N sigmas, strictly decreasing, in (0, 1].
 * Sigma 1 is noise; the terminal 0 is implied and never included. timestep = 1000·sigma.
 */
export interface Schedule extends Omit<Curve, "float32"> {
  /** The canonical specification, for example `shift:7`; parsing it gives the same numbers. */
  readonly spec: string;
  /**
   * @param steps N ≥ 1
   * @returns N sigmas in float64, before any rounding
   * @throws ProbeError kind input if N is not possible
   */
  exact(steps: number): number[];
  /**
   * What is sent: N float32 values (stored as doubles), strictly decreasing after rounding.
   *
   * @throws ProbeError kind input if N is not possible or two sigmas round to the same float32
   */
  sigmas(steps: number): number[];
}

/** Refuses float64 values that are not a schedule; float32 may still merge two that pass here. */
function checkExact(values: readonly number[], spec: string): void {
  values.forEach((value, index) => {
    const before = values[index - 1] ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(value) && value > 0 && value <= 1 && value < before) return;
    const wrong = value >= before ? `not below sigma[${index - 1}] = ${before}` : "outside (0, 1]";
    throw new ProbeError(
      "input",
      `${spec} is not a schedule at ${values.length} steps: sigma[${index}] is ${value}, ${wrong}; sigmas must be strictly decreasing in (0, 1], so change its parameters or the number of steps.`,
    );
  });
}

/**
 * Makes a {@link Schedule} from a curve; every list of numbers it returns has been checked.
 *
 * @param spec the canonical specification
 */
export function createSchedule(spec: string, curve: Curve): Schedule {
  const { float32, ...visible } = curve;

  function exact(steps: number): number[] {
    checkSteps(steps);
    if (curve.fixedSteps !== null && curve.fixedSteps !== steps)
      throw new ProbeError(
        "input",
        `${spec} has ${curve.fixedSteps} sigmas and runs ${curve.fixedSteps} steps, not ${steps}; use ${curve.fixedSteps} steps, or put resample+ in front of it.`,
      );
    const values = Array.from({ length: steps }, (_, index) => curve.sigmaAt(index, steps));
    checkExact(values, spec);
    return values;
  }

  return {
    ...visible,
    spec,
    exact,
    sigmas(steps) {
      const values = exact(steps);
      const rounded = float32 === null ? values.map(Math.fround) : float32(steps);
      try {
        checkSigmas(values, "sigma");
        if (float32 !== null) checkSigmas(rounded, "sigma");
      } catch (error) {
        const { message } = ProbeError.from(error);
        throw new ProbeError("input", `${spec} cannot run in float32 at ${steps} steps: ${message}`, { cause: error });
      }
      return rounded;
    },
  };
}

/** The largest number of steps; anything above is taken for a typing mistake. */
export const MAX_STEPS = 10_000;

function refuse(message: string, path: string | undefined): never {
  throw new ProbeError("input", message, path === undefined ? {} : { path });
}

/** Refuses a number of steps that is not a whole number from 1 to {@link MAX_STEPS}. */
function checkSteps(steps: number, path?: string): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS)
    refuse(`steps is ${steps}; it must be a whole number from 1 to ${MAX_STEPS}.`, path);
}

/** The values as a pasted list would write them, without a terminal 0. */
function converted(values: readonly number[], convert: (value: number) => number): string {
  const flow = values.filter((value) => value !== 0).map((value) => Number(convert(value).toPrecision(7)));
  return flow.join(", ");
}

/**
 * What values above 1 look like, with the flow sigmas that they stand for; empty if they look like neither. Timesteps
 * run from at most 1000 down to at least 1; sigmas of variance-exploding models from 14.6 (Stable Diffusion), 80 (EDM)
 * or 700 (SVD) down to below 1.
 */
function otherScale(values: readonly number[]): string {
  const own = values.at(-1) === 0 ? values.slice(0, -1) : values;
  const [first = 0] = own;
  const decreasing = own.every((value, index) => value > 0 && value < (own[index - 1] ?? Number.POSITIVE_INFINITY));
  if (!decreasing || first > 1000) return "";
  if (first > 100 && own.every((value) => value >= 1))
    return `; these look like timesteps: divide by 1000, which gives ${converted(own, (t) => t / 1000)}`;
  if (first > 2 && !own.every(Number.isInteger))
    return `; these look like the sigmas of a variance-exploding model (k-diffusion); σ/(1 + σ) has the same signal-to-noise ratio, which gives ${converted(own, (sigma) => sigma / (1 + sigma))}`;
  return "";
}

/**
 * Refuses values that are not a schedule. Sigmas must be finite, in (0, 1], and strictly decreasing, also after
 * rounding to float32, which is what runs. The terminal 0 is implied.
 *
 * @param path where the values come from; the message adds the index
 * @throws ProbeError kind input, with the first offending index and its value
 */
export function checkSigmas(values: readonly number[], path = "sigmas"): void {
  if (values.length === 0) refuse(`${path} is empty; a schedule needs at least one sigma in (0, 1].`, path);
  if (values.length > MAX_STEPS) refuse(`${path} has ${values.length} values; at most ${MAX_STEPS} are allowed.`, path);
  values.forEach((value, index) => {
    const here = `${path}[${index}]`;
    if (typeof value !== "number") refuse(`${here} is ${JSON.stringify(value)}; a sigma must be a number.`, here);
    if (value === 0 && index === values.length - 1 && index > 0)
      refuse(`${here} is 0; the terminal 0 is implied, so leave it out.`, here);
    if (!Number.isFinite(value) || value <= 0 || value > 1)
      refuse(
        `${here} is ${value}; a sigma must be a finite number in (0, 1]${value > 1 ? otherScale(values) : ""}.`,
        here,
      );
    if (Math.fround(value) === 0)
      refuse(`${here} is ${value}; it rounds to 0 in float32, so use a larger value.`, here);
    const before = values[index - 1];
    if (before === undefined) return;
    if (value >= before)
      refuse(
        `${here} is ${value}, not below ${path}[${index - 1}] = ${before}; sigmas must be strictly decreasing.`,
        here,
      );
    if (Math.fround(value) >= Math.fround(before))
      refuse(
        `${here} is ${value}, which equals ${path}[${index - 1}] = ${before} in float32; space the sigmas wider or take fewer steps.`,
        here,
      );
  });
}

/** Below this, a first sigma is meant: grids of solvers and tables start up to .007 below 1 for numerical reasons. */
const NEAR_ONE = 0.99;

/** What a run starts from, if it is not pure noise. */
export interface GivenStart {
  /** Whether noise of the first sigma is added to it. */
  readonly noised: boolean;
  /** The sigma at which it was kept; null if unknown. */
  readonly sigma: number | null;
}

function givenNote(first: number, { noised, sigma }: GivenStart): string | null {
  if (noised && first === 1) return "At σ = 1 a flow model starts from pure noise, so init changes nothing.";
  if (noised || sigma === null || Math.fround(sigma) === Math.fround(first)) return null;
  return `The state was kept at σ = ${Number(sigma.toPrecision(6))}, but the first sigma is ${Number(first.toPrecision(6))}.`;
}

/**
 * A sentence about a schedule whose first sigma does not fit what the run starts from, or null. Pure noise is σ = 1, but
 * the model is told the first sigma.
 *
 * @param sigmas as they run, without the terminal 0
 * @param start null is pure noise
 */
export function startNote(sigmas: readonly number[], start: GivenStart | null = null): string | null {
  const [first = 1] = sigmas;
  if (start !== null) return givenNote(first, start);
  if (first >= NEAR_ONE) return null;
  const told = Number(first.toPrecision(6));
  return `The start is pure noise, though the model is told σ = ${told}; a list that refines a latent starts below 1, and so do leading timesteps.`;
}
