import { Difference, type PairSums, Signal, type Step, type Sums } from "../generated/l1probe/v1/probe.ts";

/** A message of sums whose counts may be doubles, which are exact up to 2^53. */
export type Counted<Message> = {
  readonly [Field in keyof Message]: Message[Field] extends bigint ? bigint | number : Message[Field];
};

/** A message of sums, all in doubles. */
export type Doubles<Message> = { readonly [Field in keyof Message]: number };

/**
 * One evaluation of the model and the solver's answer to it, as a record holds it: all that the wire's Step tells but the
 * sums by latent frame, which `readSteps` gives of one cell.
 */
export interface Evaluation extends Readonly<Omit<Step, "signals" | "differences">> {
  /** Sums over a signal's whole tensor; undefined where the step has none. */
  sums(signal: Signal): Doubles<Sums> | undefined;
  /** Sums over a difference's whole tensors; undefined where the step has none, as the first of predictions. */
  pairs(difference: Difference): Doubles<PairSums> | undefined;
}

/*
 * Where an evaluation's numbers lie in its row of doubles: the step's own, then each signal's sums, then each
 * difference's. A big sweep has fifty thousand evaluations, which as objects would take ten times the memory.
 */

const known = (value: string | number): value is number => typeof value === "number" && value > 0;

/** The signals that a row has room for. */
export const SIGNALS: readonly Signal[] = Object.values(Signal).filter(known);
/** The differences that a row has room for. */
export const DIFFERENCES: readonly Difference[] = Object.values(Difference).filter(known);

/** The step's own numbers; `expert` is a place in a list of names, `shared` 0 or 1. */
export const STEP = {
  step: 0,
  evaluation: 1,
  sigma: 2,
  sigmaNext: 3,
  timestep: 4,
  seconds: 5,
  batchSize: 6,
  shared: 7,
  expert: 8,
} as const satisfies Record<Exclude<keyof Step, "signals" | "differences">, number>;

/** Sums within their part of the row; `count` is NaN where there are none. */
export const SUMS = {
  count: 0,
  sumAbs: 1,
  sumSquares: 2,
  min: 3,
  max: 4,
  nonFinite: 5,
} as const satisfies Record<keyof Sums, number>;

export const PAIRS = {
  count: 0,
  sumAbsDifference: 1,
  sumSquaredDifference: 2,
  sumProduct: 3,
  sumAbsReference: 4,
} as const satisfies Record<keyof PairSums, number>;

const signalsAt = Object.keys(STEP).length;
const sumsWidth = Object.keys(SUMS).length;
const differencesAt = signalsAt + sumsWidth * SIGNALS.length;
const pairsWidth = Object.keys(PAIRS).length;

/** Doubles of one evaluation. */
export const rowWidth: number = differencesAt + pairsWidth * DIFFERENCES.length;

/** Where a signal's sums begin in a row, or −1 for one that this version has no name for. */
export function sumsAt(signal: Signal): number {
  return signal > 0 && signal <= SIGNALS.length ? signalsAt + sumsWidth * (signal - 1) : -1;
}

/** Where a difference's sums begin in a row, or −1 for one that this version has no name for. */
export function pairsAt(difference: Difference): number {
  return difference > 0 && difference <= DIFFERENCES.length ? differencesAt + pairsWidth * (difference - 1) : -1;
}

/** An evaluation of which nothing is known yet: no sums, and zeros as proto3 leaves them out. */
export const emptyRow: Float64Array = new Float64Array(rowWidth);
for (const signal of SIGNALS) emptyRow[sumsAt(signal) + SUMS.count] = Number.NaN;
for (const difference of DIFFERENCES) emptyRow[pairsAt(difference) + PAIRS.count] = Number.NaN;

/** Rows that are made room for at once: half a megabyte. */
const rowsAtOnce = 1024;

/** An evaluation whose numbers lie in a row of an array that it shares with others. */
class PackedEvaluation implements Evaluation {
  private readonly values: Float64Array;
  private readonly at: number;
  private readonly experts: readonly string[];

  constructor(values: Float64Array, at: number, experts: readonly string[]) {
    this.values = values;
    this.at = at;
    this.experts = experts;
  }

  private number(place: number): number {
    return this.values[this.at + place] ?? Number.NaN;
  }

  get step(): number {
    return this.number(STEP.step);
  }
  get evaluation(): number {
    return this.number(STEP.evaluation);
  }
  get sigma(): number {
    return this.number(STEP.sigma);
  }
  get sigmaNext(): number {
    return this.number(STEP.sigmaNext);
  }
  get timestep(): number {
    return this.number(STEP.timestep);
  }
  get seconds(): number {
    return this.number(STEP.seconds);
  }
  get batchSize(): number {
    return this.number(STEP.batchSize);
  }
  get shared(): boolean {
    return this.number(STEP.shared) === 1;
  }
  get expert(): string {
    return this.experts[this.number(STEP.expert)] ?? "";
  }

  sums(signal: Signal): Doubles<Sums> | undefined {
    const at = sumsAt(signal);
    const count = this.number(at + SUMS.count);
    if (at === -1 || Number.isNaN(count)) return undefined;
    return {
      count,
      sumAbs: this.number(at + SUMS.sumAbs),
      sumSquares: this.number(at + SUMS.sumSquares),
      min: this.number(at + SUMS.min),
      max: this.number(at + SUMS.max),
      nonFinite: this.number(at + SUMS.nonFinite),
    };
  }

  pairs(difference: Difference): Doubles<PairSums> | undefined {
    const at = pairsAt(difference);
    const count = this.number(at + PAIRS.count);
    if (at === -1 || Number.isNaN(count)) return undefined;
    return {
      count,
      sumAbsDifference: this.number(at + PAIRS.sumAbsDifference),
      sumSquaredDifference: this.number(at + PAIRS.sumSquaredDifference),
      sumProduct: this.number(at + PAIRS.sumProduct),
      sumAbsReference: this.number(at + PAIRS.sumAbsReference),
    };
  }
}

/** Takes evaluations in and packs them. */
export class Evaluations {
  private values: Float64Array;
  private at = 0;
  private readonly experts: string[] = [""];

  /** @param rows that are expected; more are taken, too */
  constructor(rows: number = rowsAtOnce) {
    this.values = new Float64Array(rows * rowWidth);
  }

  /** An empty row, to be written and then kept; what was written before and not kept is gone. */
  row(): Float64Array {
    if (this.at + rowWidth > this.values.length) {
      this.values = new Float64Array(rowsAtOnce * rowWidth);
      this.at = 0;
    }
    const row = this.values.subarray(this.at, this.at + rowWidth);
    row.set(emptyRow);
    return row;
  }

  /** The place of an expert's name in the list of those met so far. */
  expert(name: string): number {
    const known = this.experts.indexOf(name);
    return known === -1 ? this.experts.push(name) - 1 : known;
  }

  /** Keeps the row that was written last. */
  keep(): Evaluation {
    const kept = new PackedEvaluation(this.values, this.at, this.experts);
    this.at += rowWidth;
    return kept;
  }

  /** Packs a step. Sums of a signal that this version has no name for are left out: no column could tell of them. */
  add(step: Step): Evaluation {
    const row = this.row();
    row[STEP.step] = step.step;
    row[STEP.evaluation] = step.evaluation;
    row[STEP.sigma] = step.sigma;
    row[STEP.sigmaNext] = step.sigmaNext;
    row[STEP.timestep] = step.timestep;
    row[STEP.seconds] = step.seconds;
    row[STEP.batchSize] = step.batchSize;
    row[STEP.shared] = Number(step.shared);
    row[STEP.expert] = this.expert(step.expert);
    for (const { signal, whole } of step.signals) fill(row, sumsAt(signal), SUMS, whole);
    for (const { difference, whole } of step.differences) fill(row, pairsAt(difference), PAIRS, whole);
    return this.keep();
  }
}

function fill<Message extends Record<Field, number | bigint>, Field extends string>(
  row: Float64Array,
  at: number,
  places: Readonly<Record<Field, number>>,
  message: Message | undefined,
): void {
  if (at === -1 || message === undefined) return;
  for (const field of Object.keys(places) as Field[]) row[at + places[field]] = Number(message[field]);
}

/** Steps of the wire as a record holds them. */
export function evaluationsOf(steps: readonly Step[]): Evaluation[] {
  const packed = new Evaluations(steps.length);
  return steps.map((step) => packed.add(step));
}
