import { geometricMean, mean, quantile } from "./statistics.ts";

/** What one schedule did on the verification pairs at one N. */
export interface Measured {
  /** The schedule, as it was typed. */
  readonly spec: string;
  readonly steps: number;
  /** Relative L2 of the final latents against the dense reference, one per pair. */
  readonly errors: readonly number[];
  /** PSNR in dB and SSIM of the decoded clip against the decoded reference, one per pair; null if nothing was decoded. */
  readonly psnr: readonly number[] | null;
  readonly ssim: readonly number[] | null;
}

/** A mean with the half width of its 95 % interval. */
export interface MeanOf {
  readonly mean: number;
  readonly half: number;
}

/** Two schedules on the same pairs. */
export interface Paired {
  readonly against: string;
  /** Mean difference of the errors, this schedule minus the other one. */
  readonly difference: MeanOf;
  /** Geometric mean of the errors' ratio. */
  readonly ratio: number;
  /** Ratio of the mean errors. */
  readonly ofMeans: number;
  /** In how many of the pairs this schedule's error is the smaller one, as a share. */
  readonly wins: number;
  readonly psnr: MeanOf | null;
  readonly ssim: MeanOf | null;
}

/** Student's t for a two-sided 95 % interval, by Cornish and Fisher's expansion; within .2 % from 5 degrees of freedom on. */
export function studentT(freedom: number): number {
  const z = 1.959963984540054;
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** The mean with its 95 % interval by Student's t; the half width is NaN for a single value. */
export function meanOf(values: readonly number[]): MeanOf {
  const center = mean(values);
  const freedom = values.length - 1;
  if (freedom < 1) return { mean: center, half: Number.NaN };
  const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / freedom;
  return { mean: center, half: studentT(freedom) * Math.sqrt(variance / values.length) };
}

function differences(a: readonly number[] | null, b: readonly number[] | null): MeanOf | null {
  return a === null || b === null ? null : meanOf(a.map((value, i) => value - (b[i] ?? Number.NaN)));
}

export function paired(one: Measured, other: Measured): Paired {
  const ratios = one.errors.map((error, i) => error / (other.errors[i] ?? Number.NaN));
  return {
    against: other.spec,
    difference: meanOf(one.errors.map((error, i) => error - (other.errors[i] ?? Number.NaN))),
    ratio: geometricMean(ratios),
    ofMeans: mean(one.errors) / mean(other.errors),
    wins: ratios.filter((ratio) => ratio < 1).length / ratios.length,
    psnr: differences(one.psnr, other.psnr),
    ssim: differences(one.ssim, other.ssim),
  };
}

/** A pair forks if its error is more than so many times the median: the trajectory ended in another clip. */
export const FORK = 3;

/** The share of the pairs that fork. */
export function forks({ errors }: Measured): number {
  const median = quantile(
    [...errors].sort((a, b) => a - b),
    0.5,
  );
  return errors.filter((error) => error > FORK * median).length / errors.length;
}

/** One number of steps: a candidate against the default and against the best of the others. */
export interface AtSteps {
  readonly steps: number;
  readonly candidate: Measured;
  readonly rivals: readonly Measured[];
  /** The rival of least mean error, chosen on the verification pairs themselves, which favours it. */
  readonly best: Paired;
  /** The model's own default; null if it is not known. */
  readonly usual: Paired | null;
}

/**
 * @param usual the spec of the model's own default
 */
export function atSteps(candidate: Measured, rivals: readonly Measured[], usual: string | null): AtSteps {
  const best = rivals.reduce((least, rival) => (mean(rival.errors) < mean(least.errors) ? rival : least));
  const own = rivals.find(({ spec }) => spec === usual);
  return {
    steps: candidate.steps,
    candidate,
    rivals,
    best: paired(candidate, best),
    usual: own === undefined ? null : paired(candidate, own),
  };
}

const factor = (value: number): string => value.toFixed(2);
const signed = ({ mean: value, half }: MeanOf): string =>
  `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)} ± ${half.toFixed(3)}`;

/** Whether the interval of a difference lies below 0. */
export function below({ mean: value, half }: MeanOf): boolean {
  return value + half < 0;
}

/**
 * The verdict in one sentence. A schedule is justified where its error is below that of the best named one with the whole
 * 95 % interval of the paired difference; where it is so nowhere, the sentence says not justified.
 */
export function verdict(label: string, at: readonly AtSteps[], pairs: number): string {
  const [won, open] = [
    at.filter(({ best }) => below(best.difference)),
    at.filter(({ best }) => !below(best.difference)),
  ];
  const named = (list: readonly AtSteps[]) => list.map(({ steps }) => steps).join(", ");
  const against = (list: readonly AtSteps[]) =>
    list.map(({ best }) => `${signed(best.difference)} against ${best.against}`).join("; ");
  const usual = at.flatMap(({ usual: own }) => (own === null ? [] : [own]));
  const ofUsual =
    usual.length === 0
      ? ""
      : ` Its mean error is ${usual.map(({ ofMeans }) => factor(ofMeans)).join(", ")} times that of ${usual[0]?.against} at ${named(at)} steps.`;
  const over = `on ${pairs} pairs of prompt and noise that no measurement saw`;
  if (won.length === 0)
    return `${label} is not justified at ${named(at)} steps ${over}: the paired difference to the best named schedule is ${against(at)}.${ofUsual}`;
  return (
    `${label} is justified at ${named(won)} steps ${over}: ${against(won)}` +
    (open.length === 0 ? "." : `; not justified at ${named(open)}: ${against(open)}.`) +
    ofUsual
  );
}
