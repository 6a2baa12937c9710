import { expand } from "../../src/experiment/expand.ts";
import { cellId } from "../../src/experiment/identity.ts";
import {
  Artifact,
  Difference,
  Failed,
  Finished,
  Provenance,
  Signal,
  Started,
  Step,
  Weights,
} from "../../src/generated/l1probe/v1/probe.ts";
import type { Entry } from "../../src/record/journal.ts";
import type { Manifest } from "../../src/record/record.ts";

export const provenance: Provenance = Provenance.fromPartial({
  model: {
    id: "tiny",
    fingerprint: "sha256:0123",
    family: "hunyuan_video",
    pipeline: "HunyuanVideoPipeline",
    weights: Weights.WEIGHTS_BUNDLED,
    transformerParameters: 4_110_000n,
    transformerDtype: "float32",
    otherDtype: "float32",
    callDefaultsJson: "{}",
    loras: [],
  },
  device: { kind: "cpu", name: "a CPU", memoryBytes: 8n * 2n ** 30n },
  versions: { torch: "2.9.0" },
  offload: "none",
});

/** A manifest of `seeds` cells of `steps` steps. */
export function manifestOf(seeds: readonly number[], steps = 2, model = provenance): Manifest {
  const base = { prompt: 'a red, round "circle"', height: 64, width: 64, frames: 9, steps, schedule: "shift:7" };
  const { cells, axes, name } = expand({ name: "sample", base, grid: { seed: [...seeds] } });
  return {
    format: 1,
    name,
    created: "2026-01-02T03:04:05.678Z",
    experiment: { text: "name: sample\n", file: "sample.yaml", profile: null },
    axes,
    cells: cells.map((cell) => ({ cellId: model.model === undefined ? "" : cellId(cell, model.model), cell })),
    provenance: model,
    models: {},
    client: { l1probe: "0.1.0", node: "20" },
    command: "npx l1probe sweep sample.yaml",
  };
}

const time = "2026-01-02T03:04:06.000Z";

/** A run's lines up to `upTo` steps, then how it ended, if it did. */
export function run(
  { cellId, cell }: Manifest["cells"][number],
  runId: string,
  { upTo = cell.steps, end, value = 1 }: { upTo?: number; end?: "finished" | "failed"; value?: number } = {},
): Entry[] {
  const head = { time, cellId, runId };
  const steps = Array.from(
    { length: upTo },
    (_, step): Entry => ({
      ...head,
      event: "step",
      body: Step.fromPartial({
        step,
        sigma: cell.sigmas[step] ?? 0,
        sigmaNext: cell.sigmas[step + 1] ?? 0,
        timestep: 1000 * (cell.sigmas[step] ?? 0),
        signals: [
          {
            signal: Signal.SIGNAL_COND,
            whole: { count: 10n, sumAbs: value * (step + 1), sumSquares: 3, nonFinite: 0n },
          },
        ],
        differences:
          step === 0
            ? []
            : [
                {
                  difference: Difference.DIFFERENCE_COND,
                  whole: { count: 10n, sumAbsDifference: value, sumAbsReference: 4 },
                },
              ],
        batchSize: 1,
      }),
    }),
  );
  const started = Started.fromPartial({ runId, cellId, sigmas: [...cell.sigmas], scheduler: "Euler", provenance });
  return [
    { ...head, event: "started", body: started },
    ...steps,
    ...(end === "finished" ? [{ ...head, event: end, body: Finished.fromPartial({ seconds: 1.5 }) }] : []),
    ...(end === "failed"
      ? [{ ...head, event: end, body: Failed.fromPartial({ message: "no room", stepsDone: upTo }) }]
      : []),
  ];
}

export const video: Artifact = Artifact.fromPartial({ artifactId: "a", fileName: "clip.mp4", size: 3, sha256: "00" });
