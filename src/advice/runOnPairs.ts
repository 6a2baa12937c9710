import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { onPairs, type Pair } from "../experiment/pairs.ts";
import { readTensor, type TensorValues } from "../experiment/safetensors.ts";
import type { InitValue } from "../experiment/start.ts";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import { readRecord } from "../record/read.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { runSweep, type SweepOptions } from "../sweep/runSweep.ts";

/** How a measurement reaches a model and its user: what `runSweep` takes, apart from what runs and where it is kept. */
export type RunSettings = Pick<
  SweepOptions,
  | "server"
  | "serverImplied"
  | "model"
  | "folder"
  | "ports"
  | "concurrency"
  | "signal"
  | "command"
  | "progress"
  | "status"
  | "note"
>;

/** What is run: every schedule with every pair. */
export interface Plan {
  readonly name: string;
  readonly description: string;
  readonly pairs: readonly Pair[];
  readonly sampler: string;
  /** Each N sigmas, as they are sent. */
  readonly schedules: readonly (readonly number[])[];
  /** Artifacts besides the final latents. */
  readonly keep?: readonly ArtifactKind[];
  /** With the states among `keep`: the numbers of steps after which they are kept. */
  readonly statesAt?: readonly number[];
  /** For each schedule what each pair starts from, or null for its noise. */
  readonly starts?: readonly (readonly (InitValue | null)[])[];
}

/** A finished plan, whose tensors are read when they are needed. */
export interface Ran {
  readonly record: SweepRecord;
  cell(schedule: readonly number[], pair: Pair): CellRecord;
  /** The path of an artifact, relative to the folder. */
  path(kind: ArtifactKind, schedule: readonly number[], pair: Pair): string;
  latents(schedule: readonly number[], pair: Pair): Promise<TensorValues>;
  frames(schedule: readonly number[], pair: Pair): Promise<TensorValues>;
}

const key = (sigmas: readonly number[], { prompt, negative_prompt, image, seed }: Pair): string =>
  JSON.stringify([sigmas, prompt, negative_prompt, image, seed]);

/**
 * Runs a plan as a sweep in a folder, or its missing cells: the same call resumes.
 *
 * @throws ProbeError kind failed if cells failed; the others are kept
 */
export async function runOnPairs(plan: Plan, directory: string, settings: RunSettings): Promise<Ran> {
  const { name, description, pairs, sampler, schedules, keep = [], statesAt, starts } = plan;
  const end = await runSweep({
    ...settings,
    experiment: onPairs(name, description, pairs, sampler, schedules, starts),
    directory,
    keep: [ArtifactKind.ARTIFACT_KIND_LATENTS, ...keep],
    statesAt,
  });
  if (end.failed > 0 || end.finished < end.cells)
    throw new ProbeError(
      "failed",
      `${end.cells - end.finished} of ${end.cells} runs in ${directory} failed; the others are kept, run the same command again for the rest.`,
    );
  const record = await readRecord(directory);
  const cells = new Map(record.cells.map((cell) => [key(cell.cell.sigmas, cell.cell), cell]));
  const cellOf: Ran["cell"] = (schedule, pair) => {
    // The experiment leaves a negative prompt out where nothing reads it.
    const cell = cells.get(key(schedule, pair)) ?? cells.get(key(schedule, { ...pair, negative_prompt: null }));
    if (cell === undefined) throw new ProbeError("internal", `${directory} has no run of ${schedule.length} steps.`);
    return cell;
  };
  const pathOf = (kind: ArtifactKind, schedule: readonly number[], pair: Pair): string => {
    const path = cellOf(schedule, pair).artifacts.find(({ artifact }) => artifact.kind === kind)?.path;
    if (path !== undefined) return path;
    throw new ProbeError(
      "input",
      `${directory} has runs without the artifacts that are compared, as a sweep without --keep leaves them; use another folder.`,
    );
  };
  const tensor = async (kind: ArtifactKind, tensorName: string, schedule: readonly number[], pair: Pair) => {
    const file = join(directory, pathOf(kind, schedule, pair));
    return readTensor(await readFile(file), tensorName, file);
  };
  return {
    record,
    cell: cellOf,
    path: pathOf,
    latents: (schedule, pair) => tensor(ArtifactKind.ARTIFACT_KIND_LATENTS, "latents", schedule, pair),
    frames: (schedule, pair) => tensor(ArtifactKind.ARTIFACT_KIND_FRAMES, "frames", schedule, pair),
  };
}
