import { join } from "node:path";
import { ProbeError } from "../errors.ts";
import { onPairs, type Pair } from "../experiment/pairs.ts";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import { readRecord } from "../record/read.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { readTensor, type TensorValues } from "../record/safetensors.ts";
import { runSweep, type SweepOptions } from "../sweep/runSweep.ts";

/** How a measurement reaches a model and its user: what `runSweep` takes, apart from what runs and where it is kept. */
export type RunSettings = Pick<
  SweepOptions,
  "server" | "model" | "folder" | "ports" | "concurrency" | "signal" | "command" | "progress" | "status" | "note"
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
}

/** A finished plan, whose tensors are read when they are needed. */
export interface Ran {
  readonly record: SweepRecord;
  cell(schedule: readonly number[], pair: Pair): CellRecord;
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
  const { name, description, pairs, sampler, schedules, keep = [] } = plan;
  const end = await runSweep({
    ...settings,
    experiment: onPairs(name, description, pairs, sampler, schedules),
    directory,
    keep: [ArtifactKind.ARTIFACT_KIND_LATENTS, ...keep],
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
  const tensor = async (kind: ArtifactKind, tensorName: string, cell: CellRecord) => {
    const path = cell.artifacts.find(({ artifact }) => artifact.kind === kind)?.path;
    if (path === undefined)
      throw new ProbeError(
        "input",
        `${directory} has runs without their ${tensorName}, as a sweep without --keep leaves them; use another folder.`,
      );
    return readTensor(join(directory, path), tensorName);
  };
  return {
    record,
    cell: cellOf,
    latents: (schedule, pair) => tensor(ArtifactKind.ARTIFACT_KIND_LATENTS, "latents", cellOf(schedule, pair)),
    frames: (schedule, pair) => tensor(ArtifactKind.ARTIFACT_KIND_FRAMES, "frames", cellOf(schedule, pair)),
  };
}
