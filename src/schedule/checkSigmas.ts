import { ProbeError } from "../errors.ts";

/** The largest number of steps; anything above is taken for a typing mistake. */
export const MAX_STEPS = 10_000;

function refuse(message: string, path: string | undefined): never {
  throw new ProbeError("input", message, path === undefined ? {} : { path });
}

/** Refuses a number of steps that is not a whole number from 1 to {@link MAX_STEPS}. */
export function checkSteps(steps: number, path?: string): void {
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
