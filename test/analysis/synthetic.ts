import { runsTrueCfg } from "../../src/analysis/curve.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import {
  Difference,
  type PairSums,
  type Provenance,
  Signal,
  type Step,
  type Sums,
  Weights,
} from "../../src/generated/l1probe/v1/probe.ts";
import { evaluationsOf } from "../../src/record/evaluations.ts";
import type { CellRecord, IdentifiedCell, SweepRecord } from "../../src/record/record.ts";

/*
 * A synthetic record: closed-form sums of a prediction with a U-shaped rate of change in sigma, so that tests know every
 * curve. Elements are taken as Gaussian (Σx² = π/2·mean|x|²·count).
 */

const count = 4096;
const latentFrames = 3;

/** Change of the synthetic prediction: relative L1 per unit of sigma; large at both ends. */
export function syntheticDensity(sigma: number): number {
  return 0.3 + 2.4 * sigma ** 12 + 2.9 * (1 - sigma) ** 6;
}

/** The integral of the change from sigma to 1; the relative L1 between two sigmas is a difference of this. */
function travelled(sigma: number): number {
  return 0.3 * (1 - sigma) + (2.4 / 13) * (1 - sigma ** 13) + (2.9 / 7) * (1 - sigma) ** 7;
}

const condMean = 0.8;
const cfgMean = 0.9;
const latentMean = (sigma: number) => 0.35 + 0.45 * sigma ** 2 + 0.25 * (1 - sigma) ** 2;

/** Values that tests recognise. */
export const synthetic = { count, latentFrames, condMean, cfgMean, latentMean, travelled };

function sums(mean: number, elements = count): Sums {
  return {
    count: BigInt(elements),
    sumAbs: mean * elements,
    sumSquares: (Math.PI / 2) * mean ** 2 * elements,
    min: -4 * mean,
    max: 4.1 * mean,
    nonFinite: 0n,
  };
}

function pair(a: number, b: number, relative: number, elements = count): PairSums {
  const difference = relative * b;
  const squares = (mean: number) => (Math.PI / 2) * mean ** 2 * elements;
  return {
    count: BigInt(elements),
    sumAbsDifference: difference * elements,
    sumSquaredDifference: squares(difference),
    sumProduct: (squares(a) + squares(b) - squares(difference)) / 2,
    sumAbsReference: b * elements,
  };
}

const byFrame = <T>(make: (elements: number) => T): T[] => Array.from({ length: latentFrames }, () => make(count / 4));

function syntheticStep(cell: Cell, i: number): Step {
  const sigma = cell.sigmas[i] ?? 0;
  const sigmaNext = cell.sigmas[i + 1] ?? 0;
  const before = cell.sigmas[i - 1];
  const trueCfg = runsTrueCfg(cell);
  const cfg = trueCfg ? cfgMean : condMean;
  const [latentIn, latentOut] = [latentMean(sigma), latentMean(sigmaNext)];
  const signal = (name: Signal, mean: number) => ({
    signal: name,
    whole: sums(mean),
    frames: byFrame((n) => sums(mean, n)),
  });
  const difference = (name: Difference, a: number, b: number, relative: number) => ({
    difference: name,
    whole: pair(a, b, relative),
    frames: byFrame((n) => pair(a, b, relative, n)),
  });
  const moved = before === undefined ? 0 : travelled(sigma) - travelled(before);
  const predictions = (before === undefined ? [] : [0]).flatMap(() => [
    difference(Difference.DIFFERENCE_COND, condMean, condMean, moved),
    ...(trueCfg ? [difference(Difference.DIFFERENCE_UNCOND, condMean, condMean, 0.8 * moved)] : []),
    difference(Difference.DIFFERENCE_CFG, cfg, cfg, trueCfg ? 1.4 * moved : moved),
  ]);
  return {
    step: i,
    evaluation: 0,
    trueCfgScale: typeof cell.true_cfg_scale === "number" ? cell.true_cfg_scale : 1,
    sigma,
    sigmaNext,
    timestep: Math.fround(1000 * sigma),
    signals: [
      signal(Signal.SIGNAL_LATENT_IN, latentIn),
      signal(Signal.SIGNAL_COND, condMean),
      ...(trueCfg ? [signal(Signal.SIGNAL_UNCOND, condMean)] : []),
      signal(Signal.SIGNAL_CFG, cfg),
      signal(Signal.SIGNAL_LATENT_OUT, latentOut),
    ],
    differences: [
      difference(Difference.DIFFERENCE_LATENT, latentOut, latentIn, ((sigma - sigmaNext) * cfg) / latentIn),
      ...predictions,
    ],
    seconds: 0.05,
    batchSize: 1,
    expert: "",
    shared: false,
  };
}

/** A cell's steps as the wire sends them. */
export function syntheticSteps(cell: Cell): Step[] {
  return cell.sigmas.map((_, i) => syntheticStep(cell, i));
}

export const syntheticProvenance: Provenance = {
  model: {
    id: "synthetic (no model ran)",
    fingerprint: "sha256:0000",
    family: "hunyuan_video",
    pipeline: "HunyuanVideoPipeline",
    weights: Weights.WEIGHTS_BUNDLED,
    transformerParameters: 3_000_000n,
    transformerDtype: "float32",
    otherDtype: "float32",
    callDefaultsJson: "{}",
    loras: [],
  },
  device: { kind: "cpu", name: "CPU", memoryBytes: 0n },
  versions: { l1probe: "0.1.0", torch: "2.9.0", diffusers: "0.42.1" },
  offload: "none",
  vaeTiling: false,
  compiled: false,
  maxBatch: 1,
};

/** N sigmas of the flow shift, in float32. */
export function shifted(shift: number, steps: number): number[] {
  return Array.from({ length: steps }, (_, i) => {
    const t = 1 - i / steps;
    return Math.fround((shift * t) / (1 + (shift - 1) * t));
  });
}

/** A cell of the quickstart, with a test's changes. */
export function syntheticCell(change: Partial<Cell> = {}): Cell {
  const { steps = 10, shift = 1 } = change;
  return {
    model: null,
    image: null,
    image_sha256: null,
    init: null,
    start: null,
    prompt: "a red circle moving right on a blue background",
    negative_prompt: "",
    true_cfg_scale: 3,
    guidance_scale: 1,
    height: 64,
    width: 64,
    frames: 9,
    seed: 0,
    sampler: "euler",
    solver_state: "float32",
    steps,
    schedule: shift === 1 ? "linear" : `shift:${shift}`,
    shift,
    sigmas: shifted(shift ?? 1, steps),
    ...change,
  };
}

/** The quickstart's four cells: 10 and 20 steps, linear and shift 7. */
export const quickstartCells: readonly Cell[] = [10, 20].flatMap((steps) =>
  [1, 7].map((shift) => syntheticCell({ steps, shift })),
);

export function syntheticCellRecord({ cellId, cell }: IdentifiedCell): CellRecord {
  return {
    cellId,
    cell,
    status: "finished",
    started: {
      runId: `run-${cellId}`,
      rows: 1,
      tokens: [],
      cellId,
      sigmas: [...cell.sigmas],
      timesteps: cell.sigmas.map((sigma) => Math.fround(1000 * sigma)),
      signals: [Signal.SIGNAL_LATENT_IN, Signal.SIGNAL_COND, Signal.SIGNAL_CFG, Signal.SIGNAL_LATENT_OUT],
      latentShape: [1, 16, latentFrames, 8, 8],
      scheduler: "FlowMatchEulerDiscreteScheduler",
      provenance: syntheticProvenance,
    },
    steps: evaluationsOf(syntheticSteps(cell)),
    finished: { seconds: 0.05 * cell.steps + 0.2, artifacts: [], peakMemoryBytes: 0n },
    failed: null,
    artifacts: [],
  };
}

/** A finished synthetic sweep of the given cells. */
export function syntheticRecord(
  cells: readonly Cell[] = quickstartCells,
  axes: readonly string[] = ["steps", "schedule"],
): SweepRecord {
  const identified = cells.map((cell, i) => ({ cellId: `cell${String(i).padStart(4, "0")}`, cell }));
  return {
    manifest: {
      format: 1,
      name: "synthetic quickstart",
      created: "2026-01-02T03:04:05.000Z",
      experiment: {
        text: 'name: synthetic quickstart\nbase:\n  prompt: "</script><b>a red circle</b>"\n',
        file: "experiments/quickstart.yaml",
        profile: null,
      },
      axes,
      cells: identified,
      provenance: syntheticProvenance,
      models: {},
      client: { l1probe: "0.1.0", node: "v20.20.2" },
      command: "npx l1probe sweep experiments/quickstart.yaml",
    },
    cells: identified.map(syntheticCellRecord),
    warnings: [],
  };
}

/** Changes a step of the wire, or replaces it by several. */
type StepChange = (step: Step, i: number) => Step | readonly Step[];

/** A synthetic cell with changed steps. */
export function withSteps(cell: CellRecord, change: StepChange): CellRecord {
  return { ...cell, steps: evaluationsOf(syntheticSteps(cell.cell).flatMap(change)) };
}

/** A record with the steps of one cell changed. */
export function withStepsOf(record: SweepRecord, index: number, change: StepChange): SweepRecord {
  return { ...record, cells: record.cells.map((cell, i) => (i === index ? withSteps(cell, change) : cell)) };
}

/** A record with one of its cells changed. */
export function withCell(record: SweepRecord, index: number, change: Partial<CellRecord>): SweepRecord {
  return { ...record, cells: record.cells.map((cell, i) => (i === index ? { ...cell, ...change } : cell)) };
}
