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
 * latent frame, which `readSteps` returns.
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

/** The step's own values. `shared` is 0 or 1; `expert` is a name, which only a line has in its place. */
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
const SUMS = {
  count: 0,
  sumAbs: 1,
  sumSquares: 2,
  min: 3,
  max: 4,
  nonFinite: 5,
} as const satisfies Record<keyof Sums, number>;

const PAIRS = {
  count: 0,
  sumAbsDifference: 1,
  sumSquaredDifference: 2,
  sumProduct: 3,
  sumAbsReference: 4,
} as const satisfies Record<keyof PairSums, number>;

const OWN_NUMBERS = Object.keys(STEP).filter((field) => field !== "expert") as Exclude<keyof typeof STEP, "expert">[];

/** Where the sums begin in a row; a latent frame has only these. */
export const sumsBegin: number = Object.keys(STEP).length;
const sumsWidth = Object.keys(SUMS).length;
const differencesAt = sumsBegin + sumsWidth * SIGNALS.length;
const pairsWidth = Object.keys(PAIRS).length;

/** The number of doubles per evaluation. */
const rowWidth = differencesAt + pairsWidth * DIFFERENCES.length;

/** Where a signal's sums begin in a row, or −1 for one that this version does not know. */
function sumsAt(signal: Signal): number {
  return signal > 0 && signal <= SIGNALS.length ? sumsBegin + sumsWidth * (signal - 1) : -1;
}

/** Where a difference's sums begin in a row, or −1 for one that this version does not know. */
function pairsAt(difference: Difference): number {
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
export function fillSums(row: Float64Array, { signals, differences }: Step, frame?: number): Float64Array {
  const at = <T>(all: { readonly whole: T | undefined; readonly frames: readonly T[] }) =>
    frame === undefined ? all.whole : all.frames[frame];
  for (const one of signals) put(row, sumsAt(one.signal), SUMS, at(one));
  for (const one of differences) put(row, pairsAt(one.difference), PAIRS, at(one));
  return row;
}

/** Fills a row with a step, except for the expert's name. */
export function fillStep(row: Float64Array, step: Step): Float64Array {
  for (const field of OWN_NUMBERS) row[STEP[field]] = Number(step[field]);
  return fillSums(row, step);
}

/** An evaluation whose numbers are a row, which may be a part of an array that it shares with others. */
class PackedEvaluation implements Evaluation {
  private readonly row: Float64Array;
  readonly expert: string;

  constructor(row: Float64Array, expert: string) {
    this.row = row;
    this.expert = expert;
  }

  private number(place: number): number {
    return this.row[place] ?? Number.NaN;
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

  sums(signal: Signal): Doubles<Sums> | undefined {
    const at = sumsAt(signal);
    const count = this.number(at + SUMS.count);
    if (Number.isNaN(count)) return undefined;
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
    if (Number.isNaN(count)) return undefined;
    return {
      count,
      sumAbsDifference: this.number(at + PAIRS.sumAbsDifference),
      sumSquaredDifference: this.number(at + PAIRS.sumSquaredDifference),
      sumProduct: this.number(at + PAIRS.sumProduct),
      sumAbsReference: this.number(at + PAIRS.sumAbsReference),
    };
  }
}

/** The wire's step that a row, and one row per latent frame, were filled from. */
export function stepOf(row: Float64Array, expert: string, frameRows: readonly Float64Array[]): Step {
  const whole = new PackedEvaluation(row, expert);
  const frames = frameRows.map((frame) => new PackedEvaluation(frame, expert));
  const { step, evaluation, sigma, sigmaNext, timestep, seconds, batchSize, shared, trueCfgScale } = whole;
  const all = <Key, Sum>(keys: readonly Key[], read: (of: Evaluation, key: Key) => Sum | undefined) =>
    keys
      .map((key) => ({ key, whole: read(whole, key), frames: frames.flatMap((frame) => read(frame, key) ?? []) }))
      .filter((found) => found.whole !== undefined || found.frames.length > 0);
  const signals = all(SIGNALS, (of, signal) => {
    const sums = of.sums(signal);
    return sums && { ...sums, count: BigInt(sums.count), nonFinite: BigInt(sums.nonFinite) };
  });
  const differences = all(DIFFERENCES, (of, difference) => {
    const pairs = of.pairs(difference);
    return pairs && { ...pairs, count: BigInt(pairs.count) };
  });
  return {
    ...{ step, evaluation, sigma, sigmaNext, timestep, seconds, batchSize, shared, expert, trueCfgScale },
    signals: signals.map(({ key, ...sums }) => ({ signal: key, ...sums })),
    differences: differences.map(({ key, ...pairs }) => ({ difference: key, ...pairs })),
  };
}

/** Rows allocated together: half a megabyte. */
const rowsAtOnce = 1024;

/** Packs evaluations into shared arrays. */
export class Evaluations {
  private values = new Float64Array();
  private at = 0;

  /** An empty row to fill and then commit; a row that is not committed is reused. */
  row(): Float64Array {
    if (this.at === this.values.length) {
      this.values = new Float64Array(rowsAtOnce * rowWidth);
      this.at = 0;
    }
    const row = this.values.subarray(this.at, this.at + rowWidth);
    row.set(emptyRow);
    return row;
  }

  /** Commits the row that was filled last. */
  keep(row: Float64Array, expert: string): Evaluation {
    this.at += rowWidth;
    return new PackedEvaluation(row, expert);
  }

  /** Packs a step; sums of a signal that this version does not know are left out, as no column shows them. */
  add(step: Step): Evaluation {
    return this.keep(fillStep(this.row(), step), step.expert);
  }
}

/** Steps of the wire in the form of a record. */
export function evaluationsOf(steps: readonly Step[]): Evaluation[] {
  const packed = new Evaluations();
  return steps.map((step) => packed.add(step));
}
