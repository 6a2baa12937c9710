import { join } from "node:path";
import { relativeL2 } from "../analysis/distance.ts";
import {
  amplificationCurve,
  amplifications,
  knockOut,
  measuredSigmas,
  refined,
  SAMPLER_ORDER,
  unevenness,
  windowsOf,
} from "../analysis/knockOut.ts";
import { bestShift, type Cost, type LevelCheck, type Method, type Recommendation } from "../analysis/recommendation.ts";
import { ProbeError } from "../errors.ts";
import type { Pair } from "../experiment/pairs.ts";
import { forwardsOf } from "../experiment/workload.ts";
import type { SweepRecord } from "../record/record.ts";
import { parseSchedule } from "../schedule/index.ts";
import { type RunSettings, runOnPairs } from "./runOnPairs.ts";
import { runWindows } from "./runWindows.ts";

export interface RecommendOptions {
  readonly method: Method;
  readonly pairs: readonly Pair[];
  readonly sampler: string;
  /** The order of the sampler, if it is none that is known. */
  readonly order?: number | undefined;
  /** The N to write schedules for, ascending. */
  readonly steps: readonly number[];
  /** Steps of the base, and the windows that it is cut into. */
  readonly windows: readonly [steps: number, windows: number];
  /** The schedule of the base; any dense one does. */
  readonly base: string;
  /** The N whose schedule is measured again, to see whether its steps cost the same; null for none. */
  readonly check: number | null;
  readonly directory: string;
  readonly run: RunSettings;
}

const NOTHING: Cost = { cells: 0, steps: 0, forwards: 0 };

function costOf({ cells }: SweepRecord): Cost {
  return {
    cells: cells.length,
    steps: cells.reduce((sum, { cell }) => sum + cell.steps, 0),
    forwards: cells.reduce((sum, { cell }) => sum + forwardsOf(cell), 0),
  };
}

function sum(...costs: readonly Cost[]): Cost {
  return costs.reduce(
    (a, b) => ({ cells: a.cells + b.cells, steps: a.steps + b.steps, forwards: a.forwards + b.forwards }),
    NOTHING,
  );
}

/** @throws ProbeError kind input for a sampler that cannot be measured */
export function orderOf(sampler: string, order: number | undefined): number {
  const known = SAMPLER_ORDER[sampler];
  if (known === null)
    throw new ProbeError(
      "input",
      `sampler is ${sampler}, which adds noise at each step; leaving out steps would change its noise, so measure euler, dpm++2m or unipc.`,
      { path: "sampler" },
    );
  if (order !== undefined) return order;
  if (known !== undefined) return known;
  throw new ProbeError(
    "input",
    `sampler is ${sampler}, whose order is not known; add --order, like 2 for a second-order solver.`,
    { path: "sampler" },
  );
}

const rounded = (sigmas: readonly number[]): number[] => sigmas.map(Math.fround);

async function checked(
  options: RecommendOptions,
  schedules: ReadonlyMap<number, readonly number[]>,
): Promise<{ readonly check: LevelCheck | null; readonly cost: Cost }> {
  const steps = options.check;
  const sigmas = steps === null ? undefined : schedules.get(steps);
  if (steps === null || sigmas === undefined) return { check: null, cost: NOTHING };
  if (steps < 2) return { check: null, cost: NOTHING };
  const windows = windowsOf(refined(sigmas, 4), steps);
  const { pairs, sampler, directory, run } = options;
  const { changes, records } = await runWindows({ name: `check-${steps}`, windows, pairs, sampler, directory }, run);
  const found = knockOut(windows.edges, changes, 1).changes.map(({ value }) => value);
  return { check: { steps, changes: found, ratio: unevenness(found) }, cost: sum(...records.map(costOf)) };
}

/** Knock-out, and amplification, which takes the shape within each window from the base's own curve. */
async function byWindows(options: RecommendOptions): Promise<Recommendation> {
  const { method, steps, sampler, pairs } = options;
  const order = orderOf(sampler, options.order);
  if (method === "amplification" && order !== 1)
    throw new ProbeError(
      "input",
      `method amplification is for first-order samplers, and ${sampler} is of order ${order}; use knock-out.`,
      { path: "method" },
    );
  const [count, pieces] = options.windows;
  const base = parseSchedule(options.base, options.run.ports).sigmas(count);
  const windows = windowsOf(base, pieces);
  const name = `${method}-${count}-${pieces}`;
  const { changes, bases, records } = await runWindows(
    { name, windows, pairs, sampler, directory: options.directory },
    options.run,
  );
  const found = knockOut(windows.edges, changes, order);
  const amplification = amplifications(bases, windows, changes);
  const curve =
    method === "amplification"
      ? amplificationCurve(bases, windows, amplification)
      : { share: found.share.map(({ value }) => value), sigma: windows.edges };
  const schedules = new Map(
    steps.map((n) => [n, rounded(measuredSigmas({ edges: curve.sigma, share: curve.share }, n))]),
  );
  const { check, cost } = await checked(options, schedules);
  return {
    method,
    schedules,
    specs: new Map(),
    curve,
    measured: { ...found, amplification },
    check,
    cost: sum(...records.map(costOf), cost),
    record: records.at(-1) ?? null,
  };
}

/** The shifts among which the best one is sought; a parabola in ln s goes between them. */
const SHIFTS = [1.5, 2, 3, 4, 5, 6, 7, 9, 12, 17];
/** The dense reference: Heun on shift:3. */
export const REFERENCE = { sampler: "heun", schedule: "shift:3" } as const;

async function byShift(options: RecommendOptions): Promise<Recommendation> {
  const { steps, sampler, pairs, directory, run } = options;
  const sigmasOf = (s: number, n: number) => parseSchedule(`shift:${s}`).sigmas(n);
  const dense = parseSchedule(REFERENCE.schedule).sigmas(100);
  const reference = await runOnPairs(
    { name: "reference", description: "The dense reference.", pairs, sampler: REFERENCE.sampler, schedules: [dense] },
    join(directory, "reference"),
    run,
  );
  const schedules = steps.flatMap((n) => SHIFTS.map((s) => sigmasOf(s, n)));
  const ran = await runOnPairs(
    { name: "shifts", description: "Flow shifts at each N.", pairs, sampler, schedules },
    join(directory, "shifts"),
    run,
  );
  const found = new Map<number, string>();
  for (const n of steps) {
    const errors = new Map<number, number>();
    for (const s of SHIFTS) {
      let total = 0;
      for (const pair of pairs) {
        const [own, exact] = [await ran.latents(sigmasOf(s, n), pair), await reference.latents(dense, pair)];
        total += Math.log(relativeL2(own.values, exact.values)) / pairs.length;
      }
      errors.set(s, Math.exp(total));
    }
    found.set(n, `shift:${Number(bestShift(errors).toFixed(2))}`);
  }
  return named(options.method, found, sum(costOf(reference.record), costOf(ran.record)), ran.record);
}

function named(
  method: Method,
  specs: ReadonlyMap<number, string>,
  cost: Cost,
  record: SweepRecord | null,
): Recommendation {
  const schedules = new Map([...specs].map(([n, spec]) => [n, parseSchedule(spec).sigmas(n)]));
  return { method, schedules, specs, curve: null, measured: null, check: null, cost, record };
}

/**
 * Measures a model with a few pairs and proposes a schedule for each N.
 *
 * @throws ProbeError kind input for what cannot be measured, before anything runs; failed, unreachable, interrupted as a
 * sweep; the same call resumes
 */
export async function recommend(options: RecommendOptions): Promise<Recommendation> {
  switch (options.method) {
    case "knock-out":
    case "amplification":
      return byWindows(options);
    case "best-shift":
      orderOf(options.sampler, options.order);
      return byShift(options);
    case "linear-quadratic":
      return named(
        "linear-quadratic",
        new Map(options.steps.map((n) => [n, "linear-quadratic:threshold=0.1"])),
        NOTHING,
        null,
      );
  }
}
