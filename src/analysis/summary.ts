import type { CellRecord } from "../record/record.ts";
import { curve, type Metric } from "./curve.ts";
import { ratio } from "./ratio.ts";

/** A value of a curve and its position. */
export interface Extremum {
  readonly value: number;
  readonly step: number;
  /** step / steps. */
  readonly fraction: number;
  /** As the transformer received it. */
  readonly timestep: number;
}

/**
 * A curve in four numbers. Non-finite values are counted and left out of the extrema. Corrector evaluations at the same
 * sigma (Heun) are left out, as they are in figures.
 */
export interface CurveSummary {
  readonly metric: Metric;
  readonly maximum: Extremum | null;
  readonly minimum: Extremum | null;
  readonly last: Extremum | null;
  readonly nonFinite: number;
}

export function summarize(cell: CellRecord, metric: Metric): CurveSummary {
  const { values, fraction, sigmaChanged } = curve(cell, metric);
  const at = { maximum: -1, minimum: -1, last: -1 };
  let nonFinite = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? null;
    if (value === null || sigmaChanged[i] === false) continue;
    if (!Number.isFinite(value)) {
      nonFinite += 1;
      continue;
    }
    if (at.maximum === -1 || value > (values[at.maximum] ?? value)) at.maximum = i;
    if (at.minimum === -1 || value < (values[at.minimum] ?? value)) at.minimum = i;
    at.last = i;
  }
  const extremum = (i: number): Extremum | null => {
    const [value, step] = [values[i], cell.steps[i]];
    if (value === undefined || value === null || step === undefined) return null;
    return { value, step: step.step, fraction: fraction[i] ?? 0, timestep: step.timestep };
  };
  return {
    metric,
    maximum: extremum(at.maximum),
    minimum: extremum(at.minimum),
    last: extremum(at.last),
    nonFinite,
  };
}

/** The time and memory that a cell took. */
export interface Usage {
  /** Wall-clock seconds of the whole run on the server, including decoding; null if it did not finish. */
  readonly seconds: number | null;
  readonly secondsPerStep: number | null;
  /** Peak of the device's allocator in bytes; null if unknown. */
  readonly peakMemoryBytes: number | null;
}

export function usage(cell: CellRecord): Usage {
  const stepping = cell.steps.reduce((total, step) => total + step.seconds, 0);
  const peak = Number(cell.finished?.peakMemoryBytes ?? 0);
  return {
    seconds: cell.finished?.seconds ?? null,
    secondsPerStep: ratio(stepping, cell.steps.length),
    peakMemoryBytes: peak > 0 ? peak : null,
  };
}

/** The step at which another expert takes over, in a model whose transformer is chosen by timestep. */
export interface ExpertSwitch {
  readonly from: string;
  readonly to: string;
  /** The first step of `to`. */
  readonly step: number;
  /** As `to` received it. */
  readonly timestep: number;
}

/** Every change of expert in a cell; empty for a model with one transformer. */
export function expertSwitches({ steps }: CellRecord): ExpertSwitch[] {
  return steps.flatMap(({ step, timestep, expert }, i) => {
    const from = steps[i - 1]?.expert;
    return from === undefined || from === expert ? [] : [{ from, to: expert, step, timestep }];
  });
}

/** The experts of a cell in words: `transformer, transformer_2 from step 3`; null for a model with one transformer. */
export function expertsText(cell: CellRecord): string | null {
  const [first] = cell.steps;
  if (first === undefined || first.expert === "") return null;
  return [first.expert, ...expertSwitches(cell).map(({ to, step }) => `${to} from step ${step}`)].join(", ");
}
