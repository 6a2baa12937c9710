import fc from "fast-check";
import { expect, test } from "vitest";
import { type PairSums, Step, type Sums } from "../../src/generated/l1probe/v1/probe.ts";
import { DIFFERENCES, type Evaluation, Evaluations, SIGNALS } from "../../src/record/evaluations.ts";
import { asRead, type Entry, formatEntry, parseEntry } from "../../src/record/journal.ts";
import { readStepLine } from "../../src/record/stepLine.ts";
import { manifestOf, run } from "./sample.ts";

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(0),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
const count = fc.bigInt(0n, 10n ** 15n - 1n);
const sums: fc.Arbitrary<Sums> = fc.record({
  count,
  sumAbs: number,
  sumSquares: number,
  min: number,
  max: number,
  nonFinite: count,
});
const pairs: fc.Arbitrary<PairSums> = fc.record({
  count,
  sumAbsDifference: number,
  sumSquaredDifference: number,
  sumProduct: number,
  sumAbsReference: number,
});
const whole = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const step: fc.Arbitrary<Step> = fc.record({
  step: whole,
  evaluation: whole,
  sigma: number,
  sigmaNext: number,
  timestep: number,
  signals: fc.subarray([...SIGNALS]).chain((some) =>
    fc.tuple(
      ...some.map((signal) =>
        fc.record({
          signal: fc.constant(signal),
          whole: fc.option(sums, { nil: undefined }),
          frames: fc.array(sums, { maxLength: 3 }),
        }),
      ),
    ),
  ),
  differences: fc.subarray([...DIFFERENCES]).chain((some) =>
    fc.tuple(
      ...some.map((difference) =>
        fc.record({
          difference: fc.constant(difference),
          whole: fc.option(pairs, { nil: undefined }),
          frames: fc.array(pairs, { maxLength: 3 }),
        }),
      ),
    ),
  ),
  seconds: number,
  batchSize: whole,
  expert: fc.constantFrom("", "transformer", "transformer_2"),
  shared: fc.boolean(),
});
const entry = (body: Step): Entry => ({
  time: "2026-01-02T03:04:06.000Z",
  cellId: "c",
  runId: "r",
  event: "step",
  body,
});
const bytesOf = (line: string) => Buffer.from(line.trimEnd());

/** Everything that an evaluation tells. */
function told(evaluation: Evaluation) {
  const { step, sigma, sigmaNext, timestep, seconds, batchSize, expert, shared } = evaluation;
  const own = [step, evaluation.evaluation, sigma, sigmaNext, timestep, seconds, batchSize, expert, shared];
  return [own, SIGNALS.map((signal) => evaluation.sums(signal)), DIFFERENCES.map((one) => evaluation.pairs(one))];
}

/** What the line's own reader makes of it; null where it leaves it to the general one. */
function quickly(line: Buffer) {
  const evaluations = new Evaluations(1);
  const head = readStepLine(line, evaluations);
  return head === null ? null : { ...head, told: told(evaluations.keep()) };
}

/** What the general reader makes of a line, or null where it is no step. */
function slowly(line: Buffer) {
  try {
    const { time, cellId, runId, event, body } = asRead(parseEntry(line.toString("utf8")), new Evaluations(1));
    return event === "step" ? { time, cellId, runId, told: told(body) } : null;
  } catch {
    return null;
  }
}

test("a step line as it is written is read as the general reader reads it", () => {
  fc.assert(
    fc.property(step, (body) => {
      const line = bytesOf(formatEntry(entry(body)));
      expect(quickly(line)).not.toBeNull();
      expect(quickly(line)).toEqual(slowly(line));
    }),
    { numRuns: 300 },
  );
});

test("what a step tells survives being packed", () => {
  fc.assert(
    fc.property(step, (body) => {
      const packed = new Evaluations(1).add(body);
      const doubles = (message: object | undefined) =>
        message && Object.fromEntries(Object.entries(message).map(([name, value]) => [name, Number(value)]));
      expect(packed).toMatchObject({ step: body.step, sigma: body.sigma, expert: body.expert, shared: body.shared });
      for (const signal of SIGNALS) {
        expect(packed.sums(signal)).toEqual(doubles(body.signals.find((one) => one.signal === signal)?.whole));
      }
      for (const difference of DIFFERENCES) {
        const sent = body.differences.find((one) => one.difference === difference);
        expect(packed.pairs(difference)).toEqual(doubles(sent?.whole));
      }
    }),
  );
});

test("a line that was damaged is never read otherwise than the general reader would", () => {
  const damage = fc.record({
    body: step,
    at: fc.nat(),
    length: fc.nat({ max: 3 }),
    text: fc.constantFrom("", "0", "9", "-", ".", "e", '"', ",", ":", "{", "}", "[", "]", " ", "\\", "null", "é"),
  });
  fc.assert(
    fc.property(damage, ({ body, at, length, text }) => {
      const line = formatEntry(entry({ ...body, signals: withoutFrames(body.signals), differences: [] })).trimEnd();
      const place = at % line.length;
      const damaged = bytesOf(line.slice(0, place) + text + line.slice(place + length));
      const read = quickly(damaged);
      if (read !== null) expect(read).toEqual(slowly(damaged));
    }),
    { numRuns: 2000 },
  );
});

const withoutFrames = (signals: Step["signals"]) => signals.map((signal) => ({ ...signal, frames: [] }));

test("a line that was torn within a step and went on with another line is no step", () => {
  const [cell] = manifestOf([0]).cells;
  if (cell === undefined) throw new Error("the sample lacks a cell");
  const others = run(cell, "r", { end: "finished" }).map(formatEntry);
  fc.assert(
    fc.property(step, step, fc.nat(), (body, next, at) => {
      const line = formatEntry(entry(body)).trimEnd();
      for (const other of [formatEntry(entry(next)), ...others]) {
        expect(
          quickly(bytesOf(line.slice(0, at % line.length) + (at % line.length === 0 ? "x" : "") + other)),
        ).toBeNull();
      }
    }),
    { numRuns: 500 },
  );
});

test("numbers that are not finite, and keys in another order, are left to the general reader", () => {
  const nan = Step.fromPartial({ signals: [{ signal: 1, whole: { count: 1n, sumAbs: Number.NaN } }] });
  const line = bytesOf(formatEntry(entry(nan)));
  expect(quickly(line)).toBeNull();
  expect(slowly(line)?.told[1]?.[0]).toMatchObject({ sumAbs: Number.NaN });
  const turned = bytesOf('{"time":"t","cell":"c","run":"r","event":"step","body":{"sigma":1,"step":2}}');
  expect(quickly(turned)).toBeNull();
  expect(slowly(turned)?.told[0]).toEqual([2, 0, 1, 0, 0, 0, 0, "", false]);
});
