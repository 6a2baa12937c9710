import { createHash } from "node:crypto";
import { type Curve, curve, type Metric, stepSizes } from "../../src/analysis/curve.ts";
import { absMean } from "../../src/analysis/ratio.ts";
import { ProbeError } from "../../src/errors.ts";
import { type Axis, axisValue, type Cell } from "../../src/experiment/cell.ts";
import { requestedGeneration } from "../../src/experiment/identity.ts";
import { caption } from "../../src/figure/caption.ts";
import { labels } from "../../src/figure/label.ts";
import { Signal } from "../../src/generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../../src/record/record.ts";
import { meanAbsTable } from "../../src/report/table.ts";
import type { MeasuredCell, MeasuredCurve, MeasuredExperiment } from "./measured.ts";

/** The numbers that the gallery stores for a finished sweep. */
export function measure(record: SweepRecord, withTable: boolean): MeasuredExperiment {
  const { cells, axes } = record.manifest;
  const label = labels(cells, axes);
  return {
    caption: caption(record),
    cellsHash: cellsHash(cells.map(({ cell }) => cell)),
    cells: record.cells.map((cell, i) => measuredCell(cell, label[i] ?? "", axes)),
    table: withTable ? meanAbsTable(record, undefined) : null,
  };
}

/** A sha256 over everything that can change the cells' numbers, including the names of their models. */
export function cellsHash(cells: readonly Cell[]): string {
  return createHash("sha256").update(cells.map(requestedGeneration).join("\n")).digest("hex").slice(0, 16);
}

function measuredCell(cell: CellRecord, label: string, axes: readonly string[]): MeasuredCell {
  const latent = curve(cell, "latent");
  const sizes = stepSizes(cell);
  const steps = cell.steps.map((_, i) => i).filter((i) => latent.sigmaChanged[i] && latent.values[i] !== null);
  return {
    label,
    axes: Object.fromEntries(axes.map((axis) => [axis, axisValue(cell.cell, axis as Axis)])),
    cond: measuredCurve(cell, "cond"),
    cfg: measuredCurve(cell, "cfg"),
    latent: measuredCurve(cell, "latent"),
    latentWithStepSize: short(
      correlation(
        steps.map((i) => latent.values[i] ?? 0),
        steps.map((i) => sizes[i] ?? 0),
      ),
    ),
    meanAbs: {
      latent: measuredMeanAbs(cell, Signal.SIGNAL_LATENT_IN),
      cond: measuredMeanAbs(cell, Signal.SIGNAL_COND),
      cfg: measuredMeanAbs(cell, Signal.SIGNAL_CFG),
    },
  };
}

function measuredCurve(cell: CellRecord, metric: Metric): MeasuredCurve {
  const { values, fraction, reversedTimestep, sigmaChanged }: Curve = curve(cell, metric);
  const places = values.flatMap((value, i) => {
    if (value === null || sigmaChanged[i] === false) return [];
    if (!Number.isFinite(value)) throw lacking(cell, `a ${metric} relative L1 that is ${value}`);
    return [{ value: short(value), fraction: short(fraction[i] ?? 0), elapsed: short(reversedTimestep[i] ?? 0) }];
  });
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) throw lacking(cell, `no ${metric} relative L1`);
  return {
    first,
    minimum: places.reduce((least, here) => (here.value < least.value ? here : least)),
    maximum: places.reduce((most, here) => (here.value > most.value ? here : most)),
    last,
    total: short(places.reduce((sum, { value }) => sum + value, 0)),
  };
}

function measuredMeanAbs(cell: CellRecord, signal: Signal) {
  const means = cell.steps.flatMap((step) => absMean(step.sums(signal)) ?? []).map(short);
  const [first, second] = means;
  const last = means.at(-1);
  if (first === undefined || second === undefined || last === undefined) throw lacking(cell, "fewer than two steps");
  return { first, second, least: Math.min(...means), last };
}

function lacking({ cellId }: CellRecord, what: string): ProbeError {
  return new ProbeError("failed", `Cell ${cellId} has ${what}, which the gallery cannot describe.`);
}

/** Pearson's correlation; 0 if either series is constant. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], y: readonly number[], mx: number, my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? my) - my), 0);
  const spread = Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB));
  return spread === 0 ? 0 : product(a, b, meanA, meanB) / spread;
}

/** Rounds to five significant digits, more than any sentence shows. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}
