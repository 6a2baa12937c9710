import type { CellRecord, SweepRecord } from "../record/record.ts";
import { axisShares, type GridRow, type Shares } from "./axisShares.ts";
import { changePerSigma, distinctMetrics, type Metric } from "./curve.ts";
import { type Density, fitDensity, type MeasuredStep } from "./density.ts";
import { factors } from "./factor.ts";
import { geometricMean, mean } from "./statistics.ts";

/** A measured step of a cell. */
interface CellStep extends MeasuredStep {
  readonly step: number;
}

/** Cells of one schedule with equal settings: their steps, averaged in the logarithm over prompts and seeds. */
export interface ScheduleCurve {
  readonly schedule: string;
  readonly steps: number;
  /** What else the record varies, as text; empty if nothing. */
  readonly setting: string;
  readonly cells: readonly string[];
  readonly points: readonly MeasuredStep[];
  /** L1 of each point as the density predicts it that was fitted without this schedule; null with one schedule only. */
  readonly predicted: readonly number[] | null;
  /** Of ln L1 over this curve alone. */
  readonly r2: number | null;
  /** Measured over predicted L1: of the first measured step, the geometric mean of those between, and of the last. */
  readonly ratio: { readonly first: number; readonly middle: number; readonly last: number } | null;
}

/** Whether one density explains the curves of a metric. */
export interface MetricDependence {
  readonly metric: Metric;
  readonly density: Density;
  readonly curves: readonly ScheduleCurve[];
  readonly points: number;
  /** R² of ln L1: by Δσ alone, by the integral of one density, and by one fitted without the schedule in question. */
  readonly r2: { readonly deltaSigma: number; readonly density: number; readonly leftOut: number | null };
  /** Measured over predicted L1, as a geometric mean over all curves. */
  readonly ratio: { readonly first: number; readonly middle: number; readonly last: number } | null;
  /** Shares of the variance of ln L1 and of ln(L1/Δσ), over cells and sigmas. */
  readonly shares: { readonly names: readonly string[]; readonly before: Shares; readonly after: Shares };
  /** Steps that were left out because their L1 is 0 or not finite. */
  readonly leftOutSteps: number;
}

export interface Dependence {
  readonly name: string;
  readonly cells: number;
  readonly metrics: readonly MetricDependence[];
  /** Sentences: what holds, and where it fails. */
  readonly verdict: readonly string[];
}

function stepsOf(cell: CellRecord, metric: Metric): { readonly steps: CellStep[]; readonly leftOut: number } {
  const { values, deltaSigma } = changePerSigma(cell, metric);
  let leftOut = 0;
  const steps = cell.steps.flatMap(({ step, sigma, sigmaNext }, i): CellStep[] => {
    const [value, size] = [values[i], deltaSigma[i]];
    if (value === undefined || value === null || size === undefined || size === null || size <= 0) return [];
    if (!(value > 0 && Number.isFinite(value))) {
      leftOut += 1;
      return [];
    }
    const low = metric === "latent" ? sigmaNext : sigma;
    return [{ step, low, high: low + size, l1: value * size }];
  });
  return { steps, leftOut };
}

/** The number of sigmas, even in their logit, at which cells are compared. */
const GRID = 24;

function logit(sigma: number): number {
  return Math.log(sigma / (1 - sigma));
}

const middle = ({ low, high }: MeasuredStep): number => logit((low + high) / 2);

/** A cell's ln L1 (or ln(L1/Δσ)) on the grid, linear in logit σ between its steps; NaN outside of them. */
function onGrid(steps: readonly CellStep[], grid: readonly number[], value: (step: CellStep) => number): Float64Array {
  const places = steps.map((step) => [middle(step), value(step)] as const).sort((a, b) => a[0] - b[0]);
  let k = 0;
  return Float64Array.from(grid, (at) => {
    while (k < places.length - 2 && (places[k + 1]?.[0] ?? at) < at) k += 1;
    const [left, right] = [places[k], places[k + 1] ?? places[k]];
    if (left === undefined || right === undefined || at < left[0] - 1e-9 || at > right[0] + 1e-9) return Number.NaN;
    const share = right[0] === left[0] ? 0 : (at - left[0]) / (right[0] - left[0]);
    return left[1] + share * (right[1] - left[1]);
  });
}

function gridOver(cells: readonly (readonly CellStep[])[]): number[] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const steps of cells)
    for (const step of steps) {
      from = Math.min(from, middle(step));
      to = Math.max(to, middle(step));
    }
  return Array.from({ length: GRID }, (_, k) => from + ((to - from) * k) / (GRID - 1));
}

/** Numbers of equal texts, in the order in which they appear. */
function numbered(texts: readonly string[]): { readonly of: readonly number[]; readonly count: number } {
  const known = new Map<string, number>();
  const of = texts.map((text) => {
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    return number;
  });
  return { of, count: known.size };
}

const PAIR_AXES: ReadonlySet<string> = new Set(["prompt", "seed", "negative_prompt", "image"]);
const SCHEDULE_AXES: ReadonlySet<string> = new Set(["schedule", "steps"]);

/** What a record varies, apart from schedules, prompts and noise. */
function settingsOf(record: SweepRecord, cells: readonly CellRecord[]): string[] {
  const varied = factors(cells, record.manifest.axes).filter(
    ({ axes }) => !axes.some((axis) => PAIR_AXES.has(axis) || SCHEDULE_AXES.has(axis)),
  );
  const texts = new Map<string, string[]>(cells.map(({ cellId }) => [cellId, []]));
  for (const { axes, levels } of varied)
    for (const { text, cells: members } of levels)
      for (const id of members) texts.get(id)?.push(`${axes.join("+")} ${text}`);
  return cells.map(({ cellId }) => texts.get(cellId)?.join(", ") ?? "");
}

function rSquared(measured: readonly number[], predicted: readonly number[]): number {
  const center = mean(measured);
  const total = measured.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const rest = measured.reduce((sum, value, i) => sum + (value - (predicted[i] ?? Number.NaN)) ** 2, 0);
  return 1 - rest / total;
}

interface RawCurve {
  readonly schedule: string;
  readonly steps: number;
  readonly setting: string;
  readonly cells: string[];
  readonly logs: Map<number, number[]>;
  readonly places: Map<number, CellStep>;
}

function rawCurves(cells: readonly CellRecord[], settings: readonly string[], all: readonly CellStep[][]): RawCurve[] {
  const curves = new Map<string, RawCurve>();
  for (const [i, { cell, cellId }] of cells.entries()) {
    const setting = settings[i] ?? "";
    const key = JSON.stringify([setting, cell.sigmas]);
    const curve: RawCurve = curves.get(key) ?? {
      schedule: cell.schedule,
      steps: cell.steps,
      setting,
      cells: [],
      logs: new Map(),
      places: new Map(),
    };
    curves.set(key, curve);
    curve.cells.push(cellId);
    for (const step of all[i] ?? []) {
      const known = curve.logs.get(step.step);
      if (known === undefined) curve.logs.set(step.step, [Math.log(step.l1)]);
      else known.push(Math.log(step.l1));
      curve.places.set(step.step, step);
    }
  }
  return [...curves.values()].filter(({ places }) => places.size > 0);
}

function pointsOf({ logs, places }: RawCurve): MeasuredStep[] {
  return [...places.values()]
    .sort((a, b) => a.step - b.step)
    .map(({ step, low, high }) => ({ low, high, l1: Math.exp(mean(logs.get(step) ?? [])) }));
}

function ratioOf(points: readonly MeasuredStep[], predicted: readonly number[] | null): ScheduleCurve["ratio"] {
  if (predicted === null || points.length < 3) return null;
  const ratios = points.map(({ l1 }, i) => l1 / (predicted[i] ?? Number.NaN));
  return { first: ratios[0] ?? 0, middle: geometricMean(ratios.slice(1, -1)), last: ratios.at(-1) ?? 0 };
}

function sharesOf(
  record: SweepRecord,
  cells: readonly CellRecord[],
  all: readonly CellStep[][],
): MetricDependence["shares"] {
  const varied = factors(cells, record.manifest.axes);
  const levels = varied.map((factor) => {
    const of = new Map<string, number>();
    for (const [i, level] of factor.levels.entries()) for (const id of level.cells) of.set(id, i);
    return of;
  });
  const pairs = numbered(cells.map(({ cell }) => JSON.stringify([cell.prompt, cell.seed])));
  // With few pairs of prompt and seed, cells are resampled.
  const units = pairs.count >= 4 ? pairs : { of: cells.map((_, i) => i), count: cells.length };
  const grid = gridOver(all);
  const rows = (value: (step: CellStep) => number): GridRow[] =>
    cells.map(({ cellId }, i) => ({
      values: onGrid(all[i] ?? [], grid, value),
      levels: levels.map((of) => of.get(cellId) ?? 0),
      unit: units.of[i] ?? 0,
    }));
  const counts = varied.map((factor) => factor.levels.length);
  return {
    names: varied.map(({ axes }) => axes.join(" + ")),
    before: axisShares(
      rows(({ l1 }) => Math.log(l1)),
      counts,
      GRID,
      units.count,
    ),
    after: axisShares(
      rows(({ l1, low, high }) => Math.log(l1 / (high - low))),
      counts,
      GRID,
      units.count,
    ),
  };
}

function ofMetric(record: SweepRecord, cells: readonly CellRecord[], metric: Metric): MetricDependence | null {
  const taken = cells.map((cell) => stepsOf(cell, metric));
  const all = taken.map(({ steps }) => steps);
  const raw = rawCurves(cells, settingsOf(record, cells), all);
  const points = raw.map(pointsOf);
  const flat = points.flat();
  if (flat.length < 8) return null;
  const schedules = numbered(raw.map(({ schedule, steps }) => JSON.stringify([schedule, steps])));
  const fit = fitDensity(
    flat,
    points.flatMap((of, i) => of.map(() => schedules.of[i] ?? 0)),
  );
  const logs = flat.map(({ l1 }) => Math.log(l1));
  const sizes = flat.map(({ low, high }) => Math.log(high - low));
  const level = mean(logs) - mean(sizes);
  let at = 0;
  const curves = raw.map(({ schedule, steps, setting, cells: ids }, i): ScheduleCurve => {
    const own = points[i] ?? [];
    const predicted = fit.logsLeftOut?.slice(at, at + own.length).map(Math.exp) ?? null;
    at += own.length;
    const ratio = ratioOf(own, predicted);
    const r2 =
      predicted &&
      rSquared(
        own.map(({ l1 }) => Math.log(l1)),
        predicted.map(Math.log),
      );
    return { schedule, steps, setting, cells: ids, points: own, predicted, r2, ratio };
  });
  const ratios = curves.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const over = (place: "first" | "middle" | "last") => geometricMean(ratios.map((ratio) => ratio[place]));
  return {
    metric,
    density: fit.density,
    curves,
    points: flat.length,
    r2: {
      deltaSigma: rSquared(
        logs,
        sizes.map((size) => level + size),
      ),
      density: rSquared(logs, fit.logs),
      leftOut: fit.logsLeftOut && rSquared(logs, fit.logsLeftOut),
    },
    ratio: ratios.length === 0 ? null : { first: over("first"), middle: over("middle"), last: over("last") },
    shares: sharesOf(record, cells, all),
    leftOutSteps: taken.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

/**
 * Whether one density ρ(σ) explains the curves of a record, and what each axis of its experiment explains.
 *
 * Curves of one schedule and setting are averaged over prompts and seeds in the logarithm. The density is fitted to all
 * of them; each schedule is also predicted from the others. `latent` is left out: under Euler it is Δσ times the ratio
 * of two means, so it says nothing about the model's prediction.
 */
export function dependence(record: SweepRecord): Dependence {
  const cells = record.cells.filter(({ status }) => status === "finished");
  const metrics = distinctMetrics(cells.map(({ cell }) => cell))
    .filter((metric) => metric !== "latent")
    .flatMap((metric) => ofMetric(record, cells, metric) ?? []);
  return { name: record.manifest.name, cells: cells.length, metrics, verdict: metrics.map(verdictOf) };
}

const percent = (share: number): string => `${(100 * Math.max(0, share)).toFixed(1)} %`;

/** Above these shares of ln L1 a density explains the curves, or most of them. */
const EXPLAINS = 0.95;
const MOSTLY = 0.8;

function verdictOf({ metric, r2, ratio, curves, shares }: MetricDependence): string {
  const { leftOut, density, deltaSigma } = r2;
  const share = leftOut ?? density;
  const how = share >= EXPLAINS ? "explains" : share >= MOSTLY ? "mostly explains" : "does not explain";
  const where =
    leftOut === null
      ? "on the one schedule that it was fitted to, which proves little"
      : `on schedules that it was not fitted to (${new Set(curves.map((curve) => `${curve.schedule} ${curve.steps}`)).size} of them)`;
  const alone = `Δσ alone explains ${deltaSigma <= 0 ? "nothing" : percent(deltaSigma)}`;
  const off = (ratio === null ? [] : (["first", "last"] as const)).flatMap((place) => {
    const value = ratio?.[place] ?? 1;
    return Math.abs(Math.log(value)) > 0.1 ? [`${place} steps are ${value.toFixed(2)} times what it predicts`] : [];
  });
  const after = shares.names
    .map((name, i) => [name, shares.after.axes[i]?.value ?? 0] as const)
    .filter(([, value]) => value > 0.05)
    .map(([name, value]) => `${name} ${percent(value)}`);
  return (
    `${metric}: one density ρ(σ) ${how} the curves: ${percent(share)} of the variance of ln L1 ${where}; ${alone}.` +
    (off.length === 0 ? "" : ` It fails at the ends: ${off.join(", ")}.`) +
    (after.length === 0 ? "" : ` Divided by Δσ, more than 5 % of the variance is left to ${after.join(", ")}.`)
  );
}
