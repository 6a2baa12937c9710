import { lorasText, tabularId } from "../experiment/identity.ts";
import { Difference, Signal } from "../generated/l1probe/v1/probe.ts";
import { type Evaluation, SIGNALS } from "../record/evaluations.ts";
import { provenanceOf, weightsWord } from "../record/manifest.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import type { Metric } from "./curve.ts";
import { absMean, cosine, relL1, relL2, rms } from "./ratio.ts";

/** One evaluation, with everything that its columns are computed from. */
interface Reading {
  readonly record: SweepRecord;
  readonly cell: CellRecord;
  readonly step: Evaluation;
}

type Reader<T extends string | number | null> = (reading: Reading) => T;

const meanOf =
  (signal: Signal): Reader<number | null> =>
  (reading) =>
    absMean(reading.step.sums(signal));
const rmsOf =
  (signal: Signal): Reader<number | null> =>
  (reading) =>
    rms(reading.step.sums(signal));
const extremeOf =
  (signal: Signal, which: "min" | "max"): Reader<number | null> =>
  (reading) =>
    reading.step.sums(signal)?.[which] ?? null;
const relL1Of =
  (difference: Difference): Reader<number | null> =>
  (reading) =>
    relL1(reading.step.pairs(difference));
const relL2Of =
  (difference: Difference, a: Signal): Reader<number | null> =>
  (reading) =>
    relL2(reading.step.pairs(difference), reading.step.sums(a));
const cosineOf =
  (difference: Difference, a: Signal): Reader<number | null> =>
  (reading) =>
    cosine(reading.step.pairs(difference), reading.step.sums(a));
const axis =
  <K extends keyof CellRecord["cell"]>(key: K) =>
  ({ cell }: Reading): CellRecord["cell"][K] =>
    cell.cell[key];

const { DIFFERENCE_LATENT, DIFFERENCE_COND, DIFFERENCE_UNCOND, DIFFERENCE_CFG } = Difference;
const { SIGNAL_LATENT_IN, SIGNAL_COND, SIGNAL_UNCOND, SIGNAL_CFG, SIGNAL_LATENT_OUT } = Signal;

/** The leading step columns: position, mean absolute values, relative L1. */
const stepReaders = {
  timestep: ({ step }: Reading) => step.timestep,
  sigma: ({ step }: Reading) => step.sigma,
  sigma_next: ({ step }: Reading) => step.sigmaNext,
  latent_in_abs_mean: meanOf(SIGNAL_LATENT_IN),
  cond_abs_mean: meanOf(SIGNAL_COND),
  cfg_abs_mean: meanOf(SIGNAL_CFG),
  latent_out_abs_mean: meanOf(SIGNAL_LATENT_OUT),
  latent_rel_l1: relL1Of(DIFFERENCE_LATENT),
  cond_rel_l1: relL1Of(DIFFERENCE_COND),
  cfg_rel_l1: relL1Of(DIFFERENCE_CFG),
};

const axisReaders = {
  schedule: axis("schedule"),
  shift: axis("shift"),
  frames: axis("frames"),
  height: axis("height"),
  width: axis("width"),
  seed: axis("seed"),
  prompt: axis("prompt"),
  negative_prompt: axis("negative_prompt"),
  guidance_scale: axis("guidance_scale"),
  // A server of an earlier version does not say it, and takes one number only.
  true_cfg_scale: ({ cell, step }: Reading) => {
    const written = cell.cell.true_cfg_scale;
    return step.trueCfgScale || (typeof written === "number" ? written : null);
  },
  sampler: axis("sampler"),
  solver_state: axis("solver_state"),
  image: axis("image"),
  init: axis("init"),
};

const furtherReaders = {
  evaluation: ({ step }: Reading) => step.evaluation,
  uncond_abs_mean: meanOf(SIGNAL_UNCOND),
  uncond_rel_l1: relL1Of(DIFFERENCE_UNCOND),
  latent_rel_l2: relL2Of(DIFFERENCE_LATENT, SIGNAL_LATENT_OUT),
  cond_rel_l2: relL2Of(DIFFERENCE_COND, SIGNAL_COND),
  cfg_rel_l2: relL2Of(DIFFERENCE_CFG, SIGNAL_CFG),
  latent_cosine: cosineOf(DIFFERENCE_LATENT, SIGNAL_LATENT_OUT),
  cond_cosine: cosineOf(DIFFERENCE_COND, SIGNAL_COND),
  cfg_cosine: cosineOf(DIFFERENCE_CFG, SIGNAL_CFG),
  latent_in_rms: rmsOf(SIGNAL_LATENT_IN),
  cond_rms: rmsOf(SIGNAL_COND),
  cfg_rms: rmsOf(SIGNAL_CFG),
  latent_out_rms: rmsOf(SIGNAL_LATENT_OUT),
  latent_in_min: extremeOf(SIGNAL_LATENT_IN, "min"),
  latent_in_max: extremeOf(SIGNAL_LATENT_IN, "max"),
  cond_min: extremeOf(SIGNAL_COND, "min"),
  cond_max: extremeOf(SIGNAL_COND, "max"),
  non_finite: ({ step }: Reading) => nonFinite(step),
  expert: ({ step }: Reading) => (step.expert === "" ? null : step.expert),
  batch_size: ({ step }: Reading) => step.batchSize,
  shared: ({ step }: Reading) => Number(step.shared),
  seconds: ({ step }: Reading) => step.seconds,
};

const provenanceReaders = {
  scheduler: ({ cell }: Reading) => cell.started?.scheduler ?? null,
  model: ({ record, cell }: Reading) => cell.cell.model ?? provenanceOf(record, cell)?.model?.id ?? null,
  family: ({ record, cell }: Reading) => provenanceOf(record, cell)?.model?.family ?? null,
  weights: ({ record, cell }: Reading) => weightsWord(provenanceOf(record, cell)?.model?.weights),
  transformer_dtype: ({ record, cell }: Reading) => provenanceOf(record, cell)?.model?.transformerDtype ?? null,
  device: ({ record, cell }: Reading) => provenanceOf(record, cell)?.device?.name ?? null,
  lora: ({ record, cell }: Reading) => lorasText(provenanceOf(record, cell)?.model ?? { loras: [] }) || null,
};

/**
 * The exported columns, in order, and how each is read. sigma is dimensionless, timestep is 1000·sigma as the
 * transformer received it, seconds are wall-clock seconds on the server; every *_abs_mean, *_rms, *_min and *_max is in
 * the signal's own unit, every *_rel_l1, *_rel_l2 and *_cosine is dimensionless; shared is 1 if the result was reused
 * from another cell with the same first step, otherwise 0. A value is null if it does not exist: the cell has no such
 * signal, the first prediction has none before it, or the model has no experts or LoRA.
 */
const readers = {
  cell_id: ({ cell }: Reading) => tabularId(cell.cellId),
  step: ({ step }: Reading) => step.step,
  steps: axis("steps"),
  ...stepReaders,
  ...axisReaders,
  ...furtherReaders,
  ...provenanceReaders,
} satisfies Record<string, Reader<string | number | null>>;

/** One evaluation of one cell, as exported. A sampler that evaluates twice per step has two rows per step. */
export type Row = { readonly [Name in keyof typeof readers]: ReturnType<(typeof readers)[Name]> };
export type Column = keyof Row;

/** The names of the exported columns, in order. */
export const columns = Object.keys(readers) as readonly Column[];

const changing = new Set(["step", ...Object.keys(stepReaders), "true_cfg_scale", ...Object.keys(furtherReaders)]);

/** The columns that can change from step to step within a cell, in order. */
export const stepColumns: readonly Column[] = columns.filter((name) => changing.has(name));

/** The column that holds a metric's relative L1. */
export const columnOf = { cond: "cond_rel_l1", cfg: "cfg_rel_l1", latent: "latent_rel_l1" } as const satisfies Record<
  Metric,
  Column
>;

/** The number of NaN or infinite elements in all signals of a step. */
export function nonFinite(step: Evaluation): number {
  return SIGNALS.reduce((total, signal) => total + (step.sums(signal)?.nonFinite ?? 0), 0);
}

/** A value of a column. */
export type Value = Row[Column];

/** One row per evaluation of each finished cell: cells in the record's order, steps ascending. */
export function rows(record: SweepRecord): Row[] {
  return record.cells.flatMap((cell) => cellRows(record, cell));
}

/** The rows of one cell; empty if it did not finish. */
export function cellRows(record: SweepRecord, cell: CellRecord): Row[] {
  const made: Row[] = [];
  for (const values of cellValues(record, cell)) {
    const row: Partial<Record<Column, Value>> = { ...blank };
    for (const [i, name] of columns.entries()) row[name] = values[i] ?? null;
    made.push(row as Row);
  }
  return made;
}

/** All columns in order. Rows that start as copies of it share one hidden class in V8, so they are small and fast. */
const blank = Object.fromEntries(columns.map((name) => [name, null]));

/** The rows of all cells, one at a time, as values in column order; a big record need not fit in memory as rows. */
export function* eachRow(record: SweepRecord): Generator<readonly Value[]> {
  for (const cell of record.cells) yield* cellValues(record, cell);
}

const inOrder: readonly Reader<Value>[] = columns.map((name) => readers[name]);
const byStep = stepColumns.map((name) => ({ read: readers[name] as Reader<Value>, place: columns.indexOf(name) }));

/** The rows of one cell as values in column order. The array is reused: it is valid only until the next row. */
export function* cellValues(record: SweepRecord, cell: CellRecord): Generator<readonly Value[]> {
  let values: Value[] = [];
  for (const step of exportedSteps(cell)) {
    const reading = { record, cell, step };
    if (values.length === 0) values = inOrder.map((read) => read(reading));
    else for (const { read, place } of byStep) values[place] = read(reading);
    yield values;
  }
}

/** The evaluations that have a row; empty if the cell did not finish. */
export function exportedSteps({ status, steps }: CellRecord): readonly Evaluation[] {
  return status === "finished" ? steps : [];
}

/** One column of some of a cell's rows, in order. */
export function columnValues(
  record: SweepRecord,
  cell: CellRecord,
  steps: readonly Evaluation[],
  name: Column,
): Value[] {
  const read: Reader<Value> = readers[name];
  return steps.map((step) => read({ record, cell, step }));
}
