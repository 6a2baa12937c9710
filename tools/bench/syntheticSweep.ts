import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stringify } from "yaml";
import { expand } from "../../src/experiment/expand.ts";
import { cellId } from "../../src/experiment/identity.ts";
import { Model, Provenance, Signal, Weights } from "../../src/generated/l1probe/v1/probe.ts";
import { packageVersion } from "../../src/package.ts";
import { JOURNAL } from "../../src/record/files.ts";
import { type Entry, formatEntry } from "../../src/record/journal.ts";
import { writeManifest } from "../../src/record/manifest.ts";
import type { Manifest } from "../../src/record/record.ts";
import { frameElements, syntheticStep } from "./syntheticStep.ts";

/** How big a synthetic sweep is. */
export interface Size {
  /** A multiple of 20: so many seeds of each schedule. */
  readonly cells: number;
  readonly steps: number;
  readonly latentFrames: number;
}

const seeds = 20;
/** Cells that the synthetic server runs at once, so that their lines lie between each other. */
const together = 16;

const model = Model.fromPartial({
  id: "synthetic (no model ran)",
  fingerprint: "sha256:000000000000000000000000",
  family: "hunyuan_video",
  pipeline: "HunyuanVideoPipeline",
  weights: Weights.WEIGHTS_RANDOM,
  transformerParameters: 12_821_012_544n,
  transformerDtype: "bfloat16",
  otherDtype: "float16",
  callDefaultsJson: "{}",
  loras: [],
});

const provenance: Provenance = {
  ...Provenance.fromPartial({ model, offload: "none", compiled: true, maxBatch: together }),
  device: { kind: "cuda", name: "none (no device ran)", memoryBytes: 85_899_345_920n },
  versions: {
    l1probe: packageVersion(),
    python: "3.12.3",
    torch: "2.11.0",
    diffusers: "0.42.1",
    transformers: "5.17.0",
  },
};

const started = Date.UTC(2026, 0, 2, 3, 4, 5);

function manifestOf({ cells, steps, latentFrames }: Size): Manifest {
  const experiment = {
    name: `synthetic-${cells}-cells`,
    base: {
      prompt: "a red circle moving right on a blue background",
      negative_prompt: "",
      true_cfg_scale: 6,
      guidance_scale: 1,
      height: 320,
      width: 512,
      frames: 4 * latentFrames - 3,
      steps,
    },
    grid: {
      schedule: Array.from({ length: cells / seeds }, (_, i) => `shift:${1 + i / 4}`),
      seed: Array.from({ length: seeds }, (_, seed) => seed),
    },
  };
  const { name, axes, cells: expanded } = expand(experiment);
  return {
    format: 1,
    name,
    created: new Date(started).toISOString(),
    experiment: { text: stringify(experiment), file: "synthetic.yaml", profile: null },
    axes,
    cells: expanded.map((cell) => ({ cellId: cellId(cell, model), cell })),
    provenance,
    models: {},
    client: { l1probe: packageVersion(), node: process.versions.node },
    command: "npx l1probe sweep synthetic.yaml",
  };
}

/** The journal's lines of cells that a server ran beside each other, from the `first` one on. */
function* linesTogether(manifest: Manifest, first: number, { steps, latentFrames }: Size): Generator<string> {
  const cells = manifest.cells.slice(first, first + together);
  const head = (i: number, step: number) => ({
    time: new Date(started + 100 * (first * steps + step)).toISOString(),
    cellId: cells[i]?.cellId ?? "",
    runId: (first + i + 1).toString(16).padStart(32, "0"),
  });
  for (const [i, { cellId, cell }] of cells.entries()) {
    const at = head(i, 0);
    const body = {
      runId: at.runId,
      cellId,
      sigmas: [...cell.sigmas],
      timesteps: cell.sigmas.map((sigma) => Math.fround(1000 * sigma)),
      signals: [
        Signal.SIGNAL_LATENT_IN,
        Signal.SIGNAL_COND,
        Signal.SIGNAL_UNCOND,
        Signal.SIGNAL_CFG,
        Signal.SIGNAL_LATENT_OUT,
      ],
      latentShape: [1, 16, latentFrames, 40, frameElements / 16 / 40],
      rows: 1,
      tokens: [],
      scheduler: "FlowMatchEulerDiscreteScheduler",
      provenance,
    };
    yield formatEntry({ ...at, event: "started", body });
  }
  for (let step = 0; step < steps; step += 1) {
    for (const [i, { cell }] of cells.entries()) {
      const body = syntheticStep({
        cell: first + i,
        step,
        before: cell.sigmas[step - 1] ?? null,
        sigma: cell.sigmas[step] ?? 0,
        sigmaNext: cell.sigmas[step + 1] ?? 0,
        latentFrames,
      });
      const entry: Entry = { ...head(i, step), event: "step", body };
      yield formatEntry(entry);
    }
  }
  for (const i of cells.keys()) {
    const body = { seconds: 0.11 * steps, artifacts: [], peakMemoryBytes: 26_843_545_600n };
    yield formatEntry({ ...head(i, steps), event: "finished", body });
  }
}

function* lines(manifest: Manifest, size: Size): Generator<string> {
  for (let first = 0; first < size.cells; first += together) yield* linesTogether(manifest, first, size);
}

/** Writes a finished sweep's directory as a server with true CFG would have left it, though no model ran. */
export async function writeSyntheticSweep(directory: string, size: Size): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const manifest = manifestOf(size);
  await writeManifest(directory, manifest);
  await pipeline(Readable.from(lines(manifest, size)), createWriteStream(join(directory, JOURNAL)));
}
