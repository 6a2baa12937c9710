import { join } from "node:path";
import { psnr, relativeL2, ssim } from "../analysis/distance.ts";
import { bestShift } from "../analysis/recommendation.ts";
import { mean } from "../analysis/statistics.ts";
import { type AtSteps, atSteps, type Measured, verdict } from "../analysis/verification.ts";
import type { Pair } from "../experiment/pairs.ts";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";
import { type Ports, parseSchedule } from "../schedule/index.ts";
import { orderOf } from "./recommend.ts";
import { type Ran, type RunSettings, runOnPairs } from "./runOnPairs.ts";

/** A schedule in question. */
export interface Candidate {
  readonly label: string;
  readonly spec: string;
}

export interface VerifyOptions {
  /** The schedules in question, with the names that they go by. */
  readonly candidates: readonly Candidate[];
  /** Specs of the schedules to compare with; besides them the model's default and the best single shift. */
  readonly against: readonly string[];
  readonly steps: readonly number[];
  readonly pairs: readonly Pair[];
  readonly sampler: string;
  /** Steps of the dense reference, Heun on shift:3. */
  readonly referenceSteps: number;
  /** Whether clips are decoded, for PSNR and SSIM. */
  readonly decode: boolean;
  readonly directory: string;
  readonly run: RunSettings;
  /** How candidates read files, relative to where they were typed. */
  readonly ports: Ports;
}

export interface Verification {
  /** By candidate, one entry per N. */
  readonly results: ReadonlyMap<string, readonly AtSteps[]>;
  readonly verdict: readonly string[];
  /** The model's default schedule; null if it is not known. */
  readonly usual: string | null;
  /** The best single shift at each N, by the parabola through the measured ones on the verification pairs. */
  readonly bestShifts: ReadonlyMap<number, number>;
  readonly record: SweepRecord;
  readonly runs: number;
}

/** Named schedules that every verification runs. */
export const ALWAYS_AGAINST: readonly string[] = [
  "linear",
  "shift:3",
  "shift:5",
  "shift:7",
  "shift:12",
  "shift:17",
  "linear-quadratic:threshold=.1",
  "linear-quadratic:threshold=.025",
  "beta:.6,.6",
];

/** The schedule that a family's pipeline runs by itself, where it depends on nothing but N. */
const USUAL: Readonly<Record<string, string>> = {
  hunyuan_video: "preset:hunyuan",
  wan: "preset:wan2.1-diffusers",
  mochi: "preset:mochi",
};

type Sigmas = readonly number[];

class Schedules {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The schedule at N, or null if it fixes another N. */
  sigmas(spec: string, steps: number): Sigmas | null {
    const schedule = parseSchedule(spec, this.#ports);
    return schedule.fixedSteps !== null && schedule.fixedSteps !== steps ? null : schedule.sigmas(steps);
  }
}

async function measured(
  spec: string,
  sigmas: Sigmas,
  ran: Ran,
  reference: { readonly ran: Ran; readonly sigmas: Sigmas },
  { pairs, decode }: VerifyOptions,
): Promise<Measured> {
  const errors: number[] = [];
  const [peaks, similarities]: [number[], number[]] = [[], []];
  for (const pair of pairs) {
    const exact = await reference.ran.latents(reference.sigmas, pair);
    errors.push(relativeL2((await ran.latents(sigmas, pair)).values, exact.values));
    if (!decode) continue;
    const [own, clip] = [await ran.frames(sigmas, pair), await reference.ran.frames(reference.sigmas, pair)];
    peaks.push(psnr(own.values, clip.values));
    similarities.push(ssim(own, clip));
  }
  return { spec, steps: sigmas.length, errors, psnr: decode ? peaks : null, ssim: decode ? similarities : null };
}

/**
 * Runs candidates and named schedules on held-out pairs, compares their final latents with a dense reference, and says
 * whether each candidate is justified. The best single shift is sought on the verification pairs themselves, as is the
 * best named schedule, which favours them.
 *
 * @throws ProbeError as `recommend`
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { candidates, against, steps, pairs, sampler, directory, run, decode } = options;
  orderOf(sampler, 1);
  const schedules = new Schedules(options.ports);
  // Everything that is typed is read before anything runs.
  for (const spec of [...candidates.map((of) => of.spec), ...against]) for (const n of steps) schedules.sigmas(spec, n);
  const dense = parseSchedule("shift:3").sigmas(options.referenceSteps);
  const keep = decode ? [ArtifactKind.ARTIFACT_KIND_FRAMES] : [];
  const referenceRan = await runOnPairs(
    { name: "reference", description: "The dense reference: Heun.", pairs, sampler: "heun", schedules: [dense], keep },
    join(directory, "reference"),
    run,
  );
  const reference = { ran: referenceRan, sigmas: dense };
  const usual = USUAL[referenceRan.record.manifest.provenance?.model?.family ?? ""] ?? null;
  const usualSpec = usual === null ? null : parseSchedule(usual).spec;
  const rivals = [...new Set([...ALWAYS_AGAINST, ...against, ...(usual === null ? [] : [usual])])]
    .map((spec) => parseSchedule(spec, options.ports).spec)
    .filter((spec, i, all) => all.indexOf(spec) === i);
  const wanted = steps.flatMap((n) =>
    [...candidates, ...rivals.map((spec) => ({ label: spec, spec }))].flatMap(({ label, spec }) => {
      const sigmas = schedules.sigmas(spec, n);
      return sigmas === null ? [] : [{ label, n, sigmas }];
    }),
  );
  const ran = await runOnPairs(
    {
      name: "schedules",
      description: "Candidates and named schedules.",
      pairs,
      sampler,
      schedules: wanted.map(({ sigmas }) => sigmas),
      keep,
    },
    join(directory, "schedules"),
    run,
  );
  const found: Measured[] = [];
  for (const { label, sigmas } of wanted) found.push(await measured(label, sigmas, ran, reference, options));
  const bestShifts = new Map(steps.map((n) => [n, bestShift(shiftErrors(found, n))]));
  const best = [...bestShifts].map(([n, s]) => ({ n, spec: `shift:${Number(s.toFixed(2))}` }));
  const bestRan = await runOnPairs(
    {
      name: "best-shift",
      description: "The best single shift at each N.",
      pairs,
      sampler,
      schedules: best.map(({ spec, n }) => parseSchedule(spec).sigmas(n)),
      keep,
    },
    join(directory, "best-shift"),
    run,
  );
  for (const { spec, n } of best) {
    const of = await measured(spec, parseSchedule(spec).sigmas(n), bestRan, reference, options);
    if (!found.some((known) => known.spec === of.spec && known.steps === n)) found.push(of);
  }
  const results = new Map(
    candidates.map(({ label }) => [
      label,
      steps.flatMap((n): AtSteps[] => {
        const own = found.find((one) => one.spec === label && one.steps === n);
        const others = found.filter((one) => one.steps === n && !candidates.some((of) => of.label === one.spec));
        return own === undefined || others.length === 0 ? [] : [atSteps(own, others, usualSpec)];
      }),
    ]),
  );
  return {
    results,
    verdict: [...results].filter(([, at]) => at.length > 0).map(([label, at]) => verdict(label, at, pairs.length)),
    usual: usualSpec,
    bestShifts,
    record: ran.record,
    runs: referenceRan.record.cells.length + ran.record.cells.length + bestRan.record.cells.length,
  };
}

/** Mean errors of the flow shifts at one N. */
function shiftErrors(found: readonly Measured[], steps: number): ReadonlyMap<number, number> {
  return new Map(
    found.flatMap(({ spec, steps: n, errors }) => {
      const { shift } = spec.startsWith("shift:") || spec === "linear" ? parseSchedule(spec) : { shift: null };
      return n === steps && shift !== null ? [[shift, mean(errors)] as const] : [];
    }),
  );
}
