import { ProbeError } from "../errors.ts";

/** More steps than this are taken for a slip of the keyboard. */
export const MAX_STEPS = 10_000;

function refuse(message: string, path: string | undefined): never {
  throw new ProbeError("input", message, path === undefined ? {} : { path });
}

/** Refuses a number of steps that is not a whole number from 1 to {@link MAX_STEPS}. */
export function checkSteps(steps: number, path?: string): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS)
    refuse(`steps is ${steps}; it must be a whole number from 1 to ${MAX_STEPS}.`, path);
}

/**
 * Refuses what is not a schedule: sigmas are finite, in (0, 1], and strictly decreasing, also
 * after each is rounded to float32, which is what runs. The terminal 0 is implied.
 *
 * @param path where the values come from; the message names the index beside it
 * @throws ProbeError kind input, with the first index at fault and its value
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
      refuse(`${here} is ${value}; a sigma must be a finite number in (0, 1].`, here);
    if (Math.fround(value) === 0) refuse(`${here} is ${value}; it rounds to 0 in float32, where it has to run.`, here);
    const before = values[index - 1];
    if (before === undefined) return;
    if (value >= before)
      refuse(
        `${here} is ${value}, not below ${path}[${index - 1}] = ${before}; sigmas must be strictly decreasing.`,
        here,
      );
    if (Math.fround(value) >= Math.fround(before))
      refuse(
        `${here} is ${value}, which float32 cannot tell from ${path}[${index - 1}] = ${before}; space them wider or take fewer steps.`,
        here,
      );
  });
}
