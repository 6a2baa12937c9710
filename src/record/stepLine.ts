import { differenceToJSON, signalToJSON } from "../generated/l1probe/v1/probe.ts";
import { DIFFERENCES, type Evaluations, PAIRS, pairsAt, SIGNALS, STEP, SUMS, sumsAt } from "./evaluations.ts";
import { Walk, Word } from "./walk.ts";

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

/** A key as the first of its object, and with the comma that is before it elsewhere. */
interface Key {
  readonly first: Word;
  readonly further: Word;
}

/** A member that may lack, with the place of its number. */
interface Member {
  readonly key: Key;
  readonly place: number;
  /** Whether it is written as text, as 64-bit integers are. */
  readonly quoted: boolean;
}

const key = (name: string, begin = ""): Key => ({
  first: new Word(`"${name}":${begin}`),
  further: new Word(`,"${name}":${begin}`),
});
const members = (places: Readonly<Record<string, number>>, quoted: readonly string[] = []): Member[] =>
  Object.entries(places).map(([name, place]) => {
    const isQuoted = quoted.includes(name);
    return { key: key(name, isQuoted ? '"' : ""), place, quoted: isQuoted };
  });

const { step, evaluation, sigma, sigmaNext, timestep, seconds, batchSize } = STEP;
const before = members({ step, evaluation, sigma, sigmaNext, timestep });
const after = members({ seconds, batchSize });

/** One of the two lists of sums: what its items are called, and where each one's numbers go. */
interface List {
  readonly key: Key;
  readonly items: readonly { readonly name: Word; readonly at: number }[];
  readonly count: number;
  readonly members: readonly Member[];
}

const signals: List = {
  key: key("signals", "["),
  items: SIGNALS.map((one) => ({ name: new Word(`{"signal":"${signalToJSON(one)}"`), at: sumsAt(one) })),
  count: SUMS.count,
  members: members(SUMS, ["count", "nonFinite"]),
};
const differences: List = {
  key: key("differences", "["),
  items: DIFFERENCES.map((one) => ({ name: new Word(`{"difference":"${differenceToJSON(one)}"`), at: pairsAt(one) })),
  count: PAIRS.count,
  members: members(PAIRS, ["count"]),
};

const words = {
  time: new Word('{"time":"'),
  cell: new Word(',"cell":"'),
  run: new Word(',"run":"'),
  body: new Word(',"event":"step","body":{'),
  whole: new Word(',"whole":{'),
  frames: new Word(',"frames":['),
};
const expert = key("expert", '"');
const shared = key("shared", "true");
const [comma, close, braceClose] = [44, 93, 125];

/** Takes a key where it stands. */
function takes(walk: Walk, { first, further }: Key): boolean {
  return walk.word(walk.inNewObject ? first : further);
}

/** Those of the members that are there, in their order; false where a value is not a plain number. */
function readMembers(walk: Walk, all: readonly Member[], row: Float64Array, at: number): boolean {
  for (const { key, place, quoted } of all) {
    if (!takes(walk, key)) continue;
    if (!(quoted ? walk.quotedNumber() : walk.number())) return false;
    row[at + place] = walk.value;
  }
  return true;
}

/** A list of sums, its items in the order of their numbers. */
function readList(walk: Walk, list: List, row: Float64Array): boolean {
  if (!takes(walk, list.key)) return true;
  for (const { name, at } of list.items) {
    if (!walk.word(name)) continue;
    if (walk.word(words.whole)) {
      row[at + list.count] = 0;
      if (!readMembers(walk, list.members, row, at) || !walk.byte(braceClose)) return false;
    }
    if (walk.word(words.frames) && !walk.flatList()) return false;
    if (!walk.byte(braceClose)) return false;
    if (!walk.byte(comma)) break;
  }
  return walk.byte(close);
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
    readMembers(walk, before, row, 0) &&
    readList(walk, signals, row) &&
    readList(walk, differences, row) &&
    readMembers(walk, after, row, 0);
  if (!numbers) return null;
  if (takes(walk, expert)) {
    const name = walk.text();
    if (name === null) return null;
    row[STEP.expert] = evaluations.expert(name);
  }
  if (takes(walk, shared)) row[STEP.shared] = 1;
  return walk.byte(braceClose) && walk.byte(braceClose) && walk.atEnd ? { time, cellId, runId } : null;
}
