import {
  Difference,
  differenceToJSON,
  type PairSums,
  Signal,
  type Step,
  type Sums,
  signalToJSON,
} from "../generated/l1probe/v1/probe.ts";

/** A message of sums whose counts may be doubles, which are exact up to 2^53. */
export type Counted<Message> = {
  readonly [Field in keyof Message]: Message[Field] extends bigint ? bigint | number : Message[Field];
};

/** A message of sums, all in doubles. */
export type Doubles<Message> = { readonly [Field in keyof Message]: number };

/**
 * One evaluation and the solver's update from it, as a record has it in memory: the wire's Step without the sums per
 * latent frame, which `readSteps` returns for one cell.
 */
export interface Evaluation extends Readonly<Omit<Step, "signals" | "differences">> {
  /** Sums over a signal's whole tensor; undefined if the step has none. */
  sums(signal: Signal): Doubles<Sums> | undefined;
  /** Sums over a difference's whole tensors; undefined if the step has none, as the first has for predictions. */
  pairs(difference: Difference): Doubles<PairSums> | undefined;
}

/*
 * An evaluation is a row of doubles, in memory and in the journal: the step's own values, then the sums of each signal,
 * then those of each difference. Fifty thousand evaluations take a tenth of the memory that objects would.
 */

const known = (value: string | number): value is number => typeof value === "number" && value > 0;

/** The signals of a row, in order. */
export const SIGNALS: readonly Signal[] = Object.values(Signal).filter(known);
/** The differences of a row, in order. */
export const DIFFERENCES: readonly Difference[] = Object.values(Difference).filter(known);

/** The step's own values; `expert` is an index into a list of names, `shared` is 0 or 1. */
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
  trueCfgScale: 9,
} as const satisfies Record<Exclude<keyof Step, "signals" | "differences">, number>;

/** Places within a signal's part of the row; `count` is NaN if the step has no such sums. */
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

/** The number of doubles per evaluation. */
export const rowWidth: number = differencesAt + pairsWidth * DIFFERENCES.length;

/** Where a signal's sums begin in a row, or −1 for one that this version does not know. */
export function sumsAt(signal: Signal): number {
  return signal > 0 && signal <= SIGNALS.length ? signalsAt + sumsWidth * (signal - 1) : -1;
}

/** Where a difference's sums begin in a row, or −1 for one that this version does not know. */
export function pairsAt(difference: Difference): number {
  return difference > 0 && difference <= DIFFERENCES.length ? differencesAt + pairsWidth * (difference - 1) : -1;
}

/** A row before it is filled: no sums, and zeros for values that proto3 omits. */
export const emptyRow: Float64Array = new Float64Array(rowWidth);
for (const signal of SIGNALS) emptyRow[sumsAt(signal) + SUMS.count] = Number.NaN;
for (const difference of DIFFERENCES) emptyRow[pairsAt(difference) + PAIRS.count] = Number.NaN;

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const nameOf = (enumName: string) => enumName.replace(/^[A-Z]+_/, "").toLowerCase();

/** The name of each place of a row in the journal: `sigma_next`, `signals.cond.sum_abs`, … */
export const LAYOUT: readonly string[] = [
  ...Object.keys(STEP).map(snake),
  ...SIGNALS.flatMap((one) => Object.keys(SUMS).map((sum) => `signals.${nameOf(signalToJSON(one))}.${snake(sum)}`)),
  ...DIFFERENCES.flatMap((one) =>
    Object.keys(PAIRS).map((sum) => `differences.${nameOf(differenceToJSON(one))}.${snake(sum)}`),
  ),
];

/** Where the sums begin in a row; a latent frame has only these. */
export const sumsBegin: number = signalsAt;

type Fields<Message> = Readonly<Record<keyof Message & string, number>>;

function put<Message extends Sums | PairSums>(
  row: Float64Array,
  at: number,
  places: Fields<Message>,
  message: Message | undefined,
): void {
  if (at === -1 || message === undefined) return;
  for (const field of Object.keys(places) as (keyof Message & string)[])
    row[at + places[field]] = Number(message[field]);
}

/** Fills a row's sums: over whole tensors, or over one latent frame. */
export function putSums(row: Float64Array, { signals, differences }: Step, frame?: number): void {
  const at = <T>(all: { readonly whole: T | undefined; readonly frames: readonly T[] }) =>
    frame === undefined ? all.whole : all.frames[frame];
  for (const one of signals) put(row, sumsAt(one.signal), SUMS, at(one));
  for (const one of differences) put(row, pairsAt(one.difference), PAIRS, at(one));
}

function sumsIn(row: Float64Array, at: number): Doubles<Sums> | undefined {
  const value = (place: number) => row[at + place] ?? Number.NaN;
  const count = value(SUMS.count);
  if (Number.isNaN(count)) return undefined;
  return {
    count,
    sumAbs: value(SUMS.sumAbs),
    sumSquares: value(SUMS.sumSquares),
    min: value(SUMS.min),
    max: value(SUMS.max),
    nonFinite: value(SUMS.nonFinite),
  };
}

function pairsIn(row: Float64Array, at: number): Doubles<PairSums> | undefined {
  const value = (place: number) => row[at + place] ?? Number.NaN;
  const count = value(PAIRS.count);
  if (Number.isNaN(count)) return undefined;
  return {
    count,
    sumAbsDifference: value(PAIRS.sumAbsDifference),
    sumSquaredDifference: value(PAIRS.sumSquaredDifference),
    sumProduct: value(PAIRS.sumProduct),
    sumAbsReference: value(PAIRS.sumAbsReference),
  };
}

/** The wire's step that a row, and one row per latent frame, were filled from. */
export function stepOf(row: Float64Array, expert: string, frames: readonly Float64Array[]): Step {
  const number = (place: number) => row[place] ?? Number.NaN;
  const sums = (of: Float64Array, signal: Signal) => {
    const found = sumsIn(of, sumsAt(signal));
    return found && { ...found, count: BigInt(found.count), nonFinite: BigInt(found.nonFinite) };
  };
  const pairs = (of: Float64Array, difference: Difference) => {
    const found = pairsIn(of, pairsAt(difference));
    return found && { ...found, count: BigInt(found.count) };
  };
  const all = <Key, Sum>(keys: readonly Key[], read: (of: Float64Array, key: Key) => Sum | undefined) =>
    keys.flatMap((key) => {
      const whole = read(row, key);
      const byFrame = frames.flatMap((frame) => read(frame, key) ?? []);
      return whole === undefined && byFrame.length === 0 ? [] : [{ key, whole, frames: byFrame }];
    });
  return {
    step: number(STEP.step),
    evaluation: number(STEP.evaluation),
    sigma: number(STEP.sigma),
    sigmaNext: number(STEP.sigmaNext),
    timestep: number(STEP.timestep),
    seconds: number(STEP.seconds),
    batchSize: number(STEP.batchSize),
    shared: number(STEP.shared) === 1,
    expert,
    trueCfgScale: number(STEP.trueCfgScale),
    signals: all(SIGNALS, sums).map(({ key, ...rest }) => ({ signal: key, ...rest })),
    differences: all(DIFFERENCES, pairs).map(({ key, ...rest }) => ({ difference: key, ...rest })),
  };
}

/** Rows allocated together: half a megabyte. */
const rowsAtOnce = 1024;

/** An evaluation whose numbers are a row of an array that it shares with others. */
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
  get trueCfgScale(): number {
    return this.number(STEP.trueCfgScale);
  }
  get expert(): string {
    return this.experts[this.number(STEP.expert)] ?? "";
  }

  sums(signal: Signal): Doubles<Sums> | undefined {
    const at = sumsAt(signal);
    return at === -1 ? undefined : sumsIn(this.values, this.at + at);
  }

  pairs(difference: Difference): Doubles<PairSums> | undefined {
    const at = pairsAt(difference);
    return at === -1 ? undefined : pairsIn(this.values, this.at + at);
  }
}

/** Packs evaluations into shared arrays. */
export class Evaluations {
  private values: Float64Array;
  private at = 0;
  private readonly experts: string[] = [""];

  /** @param rows expected number; more are accepted */
  constructor(rows: number = rowsAtOnce) {
    this.values = new Float64Array(rows * rowWidth);
  }

  /** An empty row to fill and then commit; a row that is not committed is reused. */
  row(): Float64Array {
    if (this.at + rowWidth > this.values.length) {
      this.values = new Float64Array(rowsAtOnce * rowWidth);
      this.at = 0;
    }
    const row = this.values.subarray(this.at, this.at + rowWidth);
    row.set(emptyRow);
    return row;
  }

  /** The index of an expert's name in the list of names. */
  expert(name: string): number {
    const known = this.experts.indexOf(name);
    return known === -1 ? this.experts.push(name) - 1 : known;
  }

  /** Commits the row that was filled last. */
  keep(): Evaluation {
    const committed = new PackedEvaluation(this.values, this.at, this.experts);
    this.at += rowWidth;
    return committed;
  }

  /** Packs a step; sums of a signal that this version does not know are left out, as no column shows them. */
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
    row[STEP.trueCfgScale] = step.trueCfgScale;
    putSums(row, step);
    return this.keep();
  }
}

/** Steps of the wire in the form of a record. */
export function evaluationsOf(steps: readonly Step[]): Evaluation[] {
  const packed = new Evaluations(steps.length);
  return steps.map((step) => packed.add(step));
}
