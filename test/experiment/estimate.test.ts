import fc from "fast-check";
import { expect, test } from "vitest";
import {
  batches,
  type Estimate,
  estimate as estimateBy,
  measurements,
  type Work,
} from "../../src/experiment/estimate.ts";
import { Measured } from "../../src/generated/l1probe/v1/probe.ts";

const small = { height: 64, width: 64, frames: 9 };
const long = { ...small, frames: 18 };
const GiB = 2n ** 30n;

const measured = (shape: typeof small, batchSize: number, seconds: number, peak = 0n): Measured =>
  Measured.fromPartial({ ...shape, batchSize, seconds, forwards: 10, peakMemoryBytes: peak });
const work = (shape: typeof small, ...lengths: number[]): Work[] =>
  lengths.map((evaluations) => ({ shape, evaluations }));

/** Of a model whose frames are each one of the latent. */
const estimate = (asked: Work[], some: Measured[], concurrency: number): Estimate | null =>
  estimateBy(asked, measurements(some, 1), concurrency);

test("where every batch was measured, the estimate is the sum of their forwards", () => {
  const bySize = [0.1, 0.15, 0.18, 0.2].map((seconds, i) => measured(small, i + 1, seconds));
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 4 }),
      (lengths, concurrency) => {
        const found = estimate(work(small, ...lengths), bySize, concurrency);
        const expected = [...batches(lengths, concurrency)].reduce(
          (sum, [rows, forwards]) => sum + forwards * (bySize[rows - 1]?.seconds ?? Number.NaN),
          0,
        );
        expect(found?.seconds).toBeCloseTo(expected, 9);
        expect(found?.shapes.map(({ basis, evaluations, cells }) => [basis, evaluations, cells])).toEqual([
          ["measured", lengths.reduce((sum, length) => sum + length, 0), lengths.length],
        ]);
      },
    ),
  );
});

test("what was not measured is scaled by rows × pixels × frames from the nearest, and says so", () => {
  const one = measured(small, 2, 0.1);
  const rows = estimate(work(small, 10, 10, 10), [one], 3);
  expect(rows?.seconds).toBeCloseTo(10 * 0.15, 12);
  expect(rows?.shapes).toMatchObject([{ basis: "other rows", from: [one] }]);
  const shape = estimate(work(long, 10, 10), [one], 2);
  expect(shape?.seconds).toBeCloseTo(10 * 0.2, 12);
  expect(shape?.shapes).toMatchObject([{ shape: long, basis: "other shape", from: [one] }]);
});

test("frames are scaled as the latent's, where it is known how many are one", () => {
  const seconds = (frameMultiple: number) =>
    estimateBy(work({ ...small, frames: 17 }, 10), measurements([measured(small, 1, 0.3)], frameMultiple), 1)?.seconds;
  expect(seconds(4)).toBeCloseTo(10 * 0.5, 12);
  expect(seconds(1)).toBeCloseTo((10 * 0.3 * 17) / 9, 12);
  // A model that makes images says 0.
  expect(seconds(0)).toBe(seconds(1));
});

test("the nearest is of the same shape first, then of the nearest size, then of the nearest rows", () => {
  const from = (...some: Measured[]) => estimate(work(small, 5, 5), some, 2)?.shapes[0]?.from;
  const own = measured(small, 16, 1);
  const longer = measured(long, 2, 1);
  const far = measured({ ...small, frames: 99 }, 2, 1);
  expect(from(far, longer, own)).toEqual([own]);
  expect(from(far, longer)).toEqual([longer]);
  const [three, exact] = [measured(small, 3, 1), measured(small, 2, 1)];
  expect(from(own, three, exact)).toEqual([exact]);
  expect(from(own, three)).toEqual([three]);
  // Other sides of one size are another shape.
  expect(from(measured({ height: 32, width: 128, frames: 9 }, 2, 1), own)).toEqual([own]);
});

test("one or two forwards are taken only where there are no more, as the first are slow", () => {
  const first = { ...measured(small, 1, 9), forwards: 2 };
  const settled = { ...measured(small, 4, 0.4), forwards: 3 };
  const from = (...some: Measured[]) => estimate(work(small, 5), some, 1)?.shapes[0];
  expect(from(first, settled)).toMatchObject({ from: [settled], seconds: expect.closeTo(0.5, 12) });
  expect(from(first)).toMatchObject({ from: [first], basis: "measured" });
  expect(from(first, measured(long, 1, 0.2))).toMatchObject({ from: [first] });
});

test("shapes are told apart, in the order in which they come, and their seconds add up", () => {
  const found = estimate([...work(long, 4), ...work(small, 3), ...work(long, 5)], [measured(small, 1, 0.1)], 1);
  expect(found?.shapes.map(({ shape, cells, evaluations }) => [shape, cells, evaluations])).toEqual([
    [long, 2, 9],
    [small, 1, 3],
  ]);
  expect(found?.shapes.map(({ basis }) => basis)).toEqual(["other shape", "measured"]);
  expect(found?.seconds).toBeCloseTo(9 * 0.2 + 3 * 0.1, 12);
});

test("memory is measured, or bounded by what was measured of other forwards, never scaled", () => {
  const memory = (asked: Work[], concurrency: number, ...some: Measured[]) => {
    const found = estimate(asked, some, concurrency)?.memory;
    return found && [Number(BigInt(found.bytes) / GiB), found.bound];
  };
  const two = measured(small, 2, 0.1, 3n * GiB);
  const four = measured(small, 4, 0.2, 5n * GiB);
  expect(memory(work(small, 5, 5, 5), 2, two, four)).toEqual([3, "measured"]);
  expect(memory(work(small, 5, 5, 5), 3, two, four)).toEqual([5, "at most"]);
  expect(memory(work(small, 5), 8, two, four)).toEqual([3, "at most"]);
  expect(memory(work(long, 5, 5, 5), 8, two, four)).toEqual([5, "at least"]);
  // Of several shapes the largest forward decides.
  expect(memory([...work(small, 5), ...work(long, 5)], 1, two, four)).toEqual([3, "at most"]);
  expect(memory(work(small, 5), 1, measured(small, 1, 0.1))).toBe(null);
});

test("nothing measured, or nothing to do, is no estimate", () => {
  expect(estimate(work(small, 5), [], 1)).toBe(null);
  expect(estimate(work(small, 5), [Measured.fromPartial(small)], 1)).toBe(null);
  expect(estimate([], [measured(small, 1, 0.1)], 1)).toBe(null);
});
