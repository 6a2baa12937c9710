import { differenceToJSON, signalToJSON } from "../generated/l1probe/v1/probe.ts";
import { type Decimal, readDecimal } from "./decimal.ts";
import type { Evaluations } from "./evaluations.ts";
import { DIFFERENCES, PAIRS, pairsAt, SIGNALS, STEP, SUMS, sumsAt } from "./layout.ts";

/*
 * A journal's step lines are read from their bytes, in the one form in which `formatEntry` writes them, passing over the
 * sums by latent frame, which are most of a long clip's line. Any other form is left to the general reader.
 */

/** What stands in a step line before its numbers. */
export interface StepHead {
  readonly time: string;
  readonly cellId: string;
  readonly runId: string;
}

/** A key that may lack, with the place of its value. */
interface Member {
  /** With the comma that is before it unless it is the first. */
  readonly key: Buffer;
  readonly place: number;
  /** Whether it is written as text, as 64-bit integers are. */
  readonly quoted: boolean;
}

const members = (places: Readonly<Record<string, number>>, quoted: readonly string[] = []): Member[] =>
  Object.entries(places).map(([name, place]) => {
    const isQuoted = quoted.includes(name);
    return { key: Buffer.from(`,"${name}":${isQuoted ? '"' : ""}`), place, quoted: isQuoted };
  });

const { step, evaluation, sigma, sigmaNext, timestep, seconds, batchSize } = STEP;
const before = members({ step, evaluation, sigma, sigmaNext, timestep });
const after = members({ seconds, batchSize });

/** One of the two lists of sums: what its items are called, and where each one's numbers go. */
interface List {
  readonly key: Buffer;
  readonly items: readonly { readonly name: Buffer; readonly at: number }[];
  readonly count: number;
  readonly members: readonly Member[];
}

const signals: List = {
  key: Buffer.from(',"signals":['),
  items: SIGNALS.map((one) => ({ name: Buffer.from(`{"signal":"${signalToJSON(one)}"`), at: sumsAt(one) })),
  count: SUMS.count,
  members: members(SUMS, ["count", "nonFinite"]),
};
const differences: List = {
  key: Buffer.from(',"differences":['),
  items: DIFFERENCES.map((one) => ({
    name: Buffer.from(`{"difference":"${differenceToJSON(one)}"`),
    at: pairsAt(one),
  })),
  count: PAIRS.count,
  members: members(PAIRS, ["count"]),
};

const words = {
  time: Buffer.from('{"time":"'),
  cell: Buffer.from(',"cell":"'),
  run: Buffer.from(',"run":"'),
  body: Buffer.from(',"event":"step","body":{'),
  whole: Buffer.from(',"whole":{'),
  frames: Buffer.from(',"frames":['),
  expert: Buffer.from(',"expert":"'),
  shared: Buffer.from(',"shared":true'),
  end: Buffer.from("}}"),
};
/** So many digits make a whole number that a double holds exactly. */
const wholeDigits = 15;
const [quote, comma, zero, open, close, backslash, braceOpen, braceClose] = [34, 44, 48, 91, 93, 92, 123, 125];

/** Walks along one line. What it takes it is behind; what it does not find leaves it where it was. */
class Walk {
  private readonly bytes: Buffer;
  private readonly number: Decimal = { value: 0, end: 0 };
  private i = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get atEnd(): boolean {
    return this.i === this.bytes.length;
  }

  byte(wanted: number): boolean {
    if (this.bytes[this.i] !== wanted) return false;
    this.i += 1;
    return true;
  }

  word(wanted: Buffer, from = 0): boolean {
    const start = this.i - from;
    for (let k = from; k < wanted.length; k += 1) if (this.bytes[start + k] !== wanted[k]) return false;
    this.i = start + wanted.length;
    return true;
  }

  /** A key with the comma before it, which the first of an object lacks. */
  key(wanted: Buffer): boolean {
    return this.word(wanted, this.bytes[this.i - 1] === braceOpen ? 1 : 0);
  }

  /** Plain ASCII up to a quote, which it takes, too; null for anything that JSON would escape. */
  text(): string | null {
    const start = this.i;
    for (let end = start; ; end += 1) {
      const byte = this.bytes[end] ?? 0;
      if (byte === quote) {
        this.i = end + 1;
        return this.bytes.toString("latin1", start, end);
      }
      if (byte < 32 || byte > 126 || byte === backslash) return null;
    }
  }

  /** Those of the members that are there, in their order; false where a value is not a plain number. */
  members(all: readonly Member[], row: Float64Array, at: number): boolean {
    for (const { key, place, quoted } of all) {
      if (!this.key(key)) continue;
      if (!(quoted ? this.quoted() : this.plain())) return false;
      row[at + place] = this.number.value;
    }
    return true;
  }

  private plain(): boolean {
    readDecimal(this.bytes, this.i, this.number);
    if (this.number.end === -1) return false;
    this.i = this.number.end;
    return true;
  }

  /** A whole number and the quote behind it. */
  private quoted(): boolean {
    const stop = this.i + wholeDigits;
    let value = 0;
    for (; this.i < stop; this.i += 1) {
      const digit = (this.bytes[this.i] ?? quote) - zero;
      if (digit < 0 || digit > 9) break;
      value = 10 * value + digit;
    }
    this.number.value = value;
    return this.bytes[this.i - 1] !== quote && this.byte(quote);
  }

  /** A list of sums, its items in the order of their numbers. */
  list({ key, items, count, members }: List, row: Float64Array): boolean {
    if (!this.key(key)) return true;
    for (const { name, at } of items) {
      if (!this.word(name)) continue;
      if (this.key(words.whole)) {
        row[at + count] = 0;
        if (!this.members(members, row, at) || !this.byte(braceClose)) return false;
      }
      if (!this.frames() || !this.byte(braceClose)) return false;
      if (!this.byte(comma)) break;
    }
    return this.byte(close);
  }

  /** Passes over the sums by frame. A list within them is none: there another line begins, glued to a torn one. */
  private frames(): boolean {
    if (!this.key(words.frames)) return true;
    const end = this.bytes.indexOf(close, this.i);
    const inner = this.bytes.indexOf(open, this.i);
    if (end === -1 || (inner !== -1 && inner < end)) return false;
    this.i = end + 1;
    return true;
  }
}

/**
 * Reads a step line into a row of `evaluations`, which the caller may then keep.
 *
 * @returns null where the line has another form, or is no step
 */
export function readStepLine(line: Buffer, evaluations: Evaluations): StepHead | null {
  const walk = new Walk(line);
  const time = walk.word(words.time) ? walk.text() : null;
  const cellId = walk.word(words.cell) ? walk.text() : null;
  const runId = walk.word(words.run) ? walk.text() : null;
  if (time === null || cellId === null || runId === null || !walk.word(words.body)) return null;
  const row = evaluations.row();
  const numbers =
    walk.members(before, row, 0) &&
    walk.list(signals, row) &&
    walk.list(differences, row) &&
    walk.members(after, row, 0);
  if (!numbers) return null;
  if (walk.key(words.expert)) {
    const name = walk.text();
    if (name === null) return null;
    row[STEP.expert] = evaluations.expert(name);
  }
  if (walk.key(words.shared)) row[STEP.shared] = 1;
  return walk.word(words.end) && walk.atEnd ? { time, cellId, runId } : null;
}
