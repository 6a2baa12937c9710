import type { Difference, PairSums, Signal, Step, Sums } from "../generated/l1probe/v1/probe.ts";
import type { Doubles, Evaluation } from "./evaluation.ts";
import { emptyRow, PAIRS, pairsAt, rowWidth, STEP, SUMS, sumsAt } from "./layout.ts";

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
