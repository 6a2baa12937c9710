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

/** For a model with one latent frame per frame. */
const estimate = (asked: Work[], some: Measured[], concurrency: number): Estimate | null =>
  estimateBy(asked, measurements(some, 1), concurrency);

test("if every batch size was measured, the estimate is the sum of its forwards", () => {
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

test("an unmeasured shape is scaled from the nearest by samples × pixels × frames, and marked as scaled", () => {
  const one = measured(small, 2, 0.1);
  const rows = estimate(work(small, 10, 10, 10), [one], 3);
  expect(rows?.seconds).toBeCloseTo(10 * 0.15, 12);
  expect(rows?.shapes).toMatchObject([{ basis: "other rows", from: [one] }]);
  const shape = estimate(work(long, 10, 10), [one], 2);
  expect(shape?.seconds).toBeCloseTo(10 * 0.2, 12);
  expect(shape?.shapes).toMatchObject([{ shape: long, basis: "other shape", from: [one] }]);
});

test("frames are scaled as latent frames if the frame multiple is known", () => {
  const seconds = (frameMultiple: number) =>
    estimateBy(work({ ...small, frames: 17 }, 10), measurements([measured(small, 1, 0.3)], frameMultiple), 1)?.seconds;
  expect(seconds(4)).toBeCloseTo(10 * 0.5, 12);
  expect(seconds(1)).toBeCloseTo((10 * 0.3 * 17) / 9, 12);
  // Image models report 0.
  expect(seconds(0)).toBe(seconds(1));
});

test("the nearest measurement has the same shape, otherwise the nearest size, then the nearest batch size", () => {
  const from = (...some: Measured[]) => estimate(work(small, 5, 5), some, 2)?.shapes[0]?.from;
  const own = measured(small, 16, 1);
  const longer = measured(long, 2, 1);
  const far = measured({ ...small, frames: 99 }, 2, 1);
  expect(from(far, longer, own)).toEqual([own]);
  expect(from(far, longer)).toEqual([longer]);
  const [three, exact] = [measured(small, 3, 1), measured(small, 2, 1)];
  expect(from(own, three, exact)).toEqual([exact]);
  expect(from(own, three)).toEqual([three]);
  // Equal areas with other sides are another shape.
  expect(from(measured({ height: 32, width: 128, frames: 9 }, 2, 1), own)).toEqual([own]);
});

test("measurements of one or two forwards are used only if there are no better ones, since first forwards are slow", () => {
  const first = { ...measured(small, 1, 9), forwards: 2 };
  const settled = { ...measured(small, 4, 0.4), forwards: 3 };
  const from = (...some: Measured[]) => estimate(work(small, 5), some, 1)?.shapes[0];
  expect(from(first, settled)).toMatchObject({ from: [settled], seconds: expect.closeTo(0.5, 12) });
  expect(from(first)).toMatchObject({ from: [first], basis: "measured" });
  expect(from(first, measured(long, 1, 0.2))).toMatchObject({ from: [first] });
});

test("shapes are estimated separately, in order, and their seconds add up", () => {
  const found = estimate([...work(long, 4), ...work(small, 3), ...work(long, 5)], [measured(small, 1, 0.1)], 1);
  expect(found?.shapes.map(({ shape, cells, evaluations }) => [shape, cells, evaluations])).toEqual([
    [long, 2, 9],
    [small, 1, 3],
  ]);
  expect(found?.shapes.map(({ basis }) => basis)).toEqual(["other shape", "measured"]);
  expect(found?.seconds).toBeCloseTo(9 * 0.2 + 3 * 0.1, 12);
});

test("memory is measured, or bounded by other measurements, never scaled", () => {
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
  // The largest forward of all shapes decides.
  expect(memory([...work(small, 5), ...work(long, 5)], 1, two, four)).toEqual([3, "at most"]);
  expect(memory(work(small, 5), 1, measured(small, 1, 0.1))).toBe(null);
});

test("without measurements or without work there is no estimate", () => {
  expect(estimate(work(small, 5), [], 1)).toBe(null);
  expect(estimate(work(small, 5), [Measured.fromPartial(small)], 1)).toBe(null);
  expect(estimate([], [measured(small, 1, 0.1)], 1)).toBe(null);
});
