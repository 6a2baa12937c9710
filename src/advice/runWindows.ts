import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { relativeL2 } from "../analysis/distance.ts";
import { SINGLE_STEP, type Windows } from "../analysis/knockOut.ts";
import { ProbeError } from "../errors.ts";
import type { Pair } from "../experiment/pairs.ts";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { type Ran, type RunSettings, runOnPairs } from "./runOnPairs.ts";

/** A dense base and its windows, run with every pair. */
export interface WindowsPlan {
  /** Names the sweeps and their folders. */
  readonly name: string;
  readonly windows: Windows;
  readonly pairs: readonly Pair[];
  readonly sampler: string;
  readonly directory: string;
}

/** What running the windows found. */
export interface WindowsRan {
  /** For each window the relative change of each pair's final latents. */
  readonly changes: readonly (readonly number[])[];
  /** The record of the base of each pair. */
  readonly bases: readonly CellRecord[];
  /** What ran, for its cost and provenance. */
  readonly records: readonly SweepRecord[];
}

/** The sigmas of a run without window `k`, and how many of its steps the base has already made. */
type Cut = (windows: Windows, k: number) => readonly number[];

const whole: Cut = ({ without }, k) => without[k] ?? [];
const fromWindow: Cut = ({ without, width }, k) => (without[k] ?? []).slice(k * width);

async function changesOf(base: Ran, cut: Ran, sigmasOf: Cut, { windows, pairs }: WindowsPlan): Promise<number[][]> {
  const changes = windows.without.map((): number[] => []);
  for (const pair of pairs) {
    const { values } = await base.latents(windows.base, pair);
    for (const [k, of] of changes.entries()) {
      const without = await cut.latents(sigmasOf(windows, k), pair);
      of.push(relativeL2(without.values, values));
    }
  }
  return changes;
}

/** Every window from the start. */
async function fromStart(plan: WindowsPlan, settings: RunSettings): Promise<WindowsRan> {
  const { name, windows, pairs, sampler, directory } = plan;
  const ran = await runOnPairs(
    {
      name,
      description: `A dense run, and the same without the interior of each of ${windows.without.length} windows.`,
      pairs,
      sampler,
      schedules: [windows.base, ...windows.without],
    },
    join(directory, name),
    settings,
  );
  const bases = pairs.map((pair) => ran.cell(windows.base, pair));
  return { changes: await changesOf(ran, ran, whole, plan), bases, records: [ran.record] };
}

/** The name of a state in its file. */
function stateKey(steps: number): string {
  return `state.${String(steps).padStart(4, "0")}`;
}

/** The base first; then each window from the state that the base had where the window begins. */
async function fromStates(plan: WindowsPlan, settings: RunSettings): Promise<WindowsRan> {
  const { name, windows, pairs, sampler, directory } = plan;
  const count = windows.without.length;
  const folder = join(directory, `${name}-base`);
  const base = await runOnPairs(
    {
      name: `${name}-base`,
      description: "A dense run that keeps its states.",
      pairs,
      sampler,
      schedules: [windows.base],
      keep: [ArtifactKind.ARTIFACT_KIND_STATES],
      statesAt: Array.from({ length: count - 1 }, (_, k) => (k + 1) * windows.width),
    },
    folder,
    settings,
  );
  const startOf = (k: number, pair: Pair) => ({
    file: resolve(folder, base.path(ArtifactKind.ARTIFACT_KIND_STATES, windows.base, pair)),
    key: stateKey(k * windows.width),
    noise: false,
  });
  const cut = await runOnPairs(
    {
      name,
      description: `The dense run without the interior of each of ${count} windows, from the window on.`,
      pairs,
      sampler,
      schedules: windows.without.map((_, k) => fromWindow(windows, k)),
      starts: windows.without.map((_, k) => pairs.map((pair) => (k === 0 ? null : startOf(k, pair)))),
    },
    join(directory, name),
    // States lie in this folder, whatever the experiment may read.
    {
      ...settings,
      ports: { ...settings.ports, readBytes: settings.ports?.readBytes ?? ((path) => readFileSync(path)) },
    },
  );
  const bases = pairs.map((pair) => base.cell(windows.base, pair));
  return { changes: await changesOf(base, cut, fromWindow, plan), bases, records: [base.record, cut.record] };
}

function cannotStart({ kind, path }: ProbeError): boolean {
  return kind === "input" && path?.includes("init") === true;
}

/**
 * Runs a base and its windows. A sampler that remembers no earlier steps starts each window from the base's state, which
 * saves about half of the forwards; others, and models that start from pure noise only, run each window from the start.
 */
export async function runWindows(plan: WindowsPlan, settings: RunSettings): Promise<WindowsRan> {
  if (!SINGLE_STEP.has(plan.sampler) || plan.windows.without.length < 2) return fromStart(plan, settings);
  try {
    return await fromStates(plan, settings);
  } catch (thrown) {
    const error = ProbeError.from(thrown);
    if (!cannotStart(error)) throw thrown;
    settings.note?.(`Every window runs from the start: ${error.message}`);
    return fromStart({ ...plan, name: `${plan.name}-whole` }, settings);
  }
}
