import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { absMean, cosine, ratio, relL1, relL2, rms } from "../../src/analysis/ratio.ts";
import type { PairSums, Sums } from "../../src/generated/l1probe/v1/probe.ts";

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const element = fc.double({ min: -8, max: 8, noNaN: true }).filter((x) => Math.abs(x) > 1e-3);
const vectors = fc
  .integer({ min: 1, max: 12 })
  .chain((n) => fc.tuple(...[0, 1].map(() => fc.array(element, { minLength: n, maxLength: n }))));

function sumsOf(a: readonly number[]): Sums {
  return {
    count: BigInt(a.length),
    sumAbs: total(a.map(Math.abs)),
    sumSquares: total(a.map((x) => x * x)),
    min: Math.min(...a),
    max: Math.max(...a),
    nonFinite: 0n,
  };
}

function pairOf(a: readonly number[], b: readonly number[]): PairSums {
  const differences = a.map((x, i) => x - (b[i] ?? 0));
  return {
    count: BigInt(a.length),
    sumAbsDifference: total(differences.map(Math.abs)),
    sumSquaredDifference: total(differences.map((x) => x * x)),
    sumProduct: total(a.map((x, i) => x * (b[i] ?? 0))),
    sumAbsReference: total(b.map(Math.abs)),
  };
}

describe("ratios of sums equal their definitions over elements", () => {
  test("means", () => {
    fc.assert(
      fc.property(vectors, ([a = []]) => {
        expect(absMean(sumsOf(a))).toBeCloseTo(total(a.map(Math.abs)) / a.length, 10);
        expect(rms(sumsOf(a))).toBeCloseTo(Math.hypot(...a) / Math.sqrt(a.length), 10);
      }),
    );
  });

  test("relative L1 divides by the reference, not by what is compared with it", () => {
    expect(relL1(pairOf([3, -1], [1, 1]))).toBe((2 + 2) / 2);
    expect(relL1(pairOf([1, 1], [3, -1]))).toBe((2 + 2) / 4);
  });

  test("relative L2 and cosine, though the reference's own squares are not on the wire", () => {
    fc.assert(
      fc.property(vectors, ([a = [], b = []]) => {
        const product = total(a.map((x, i) => x * (b[i] ?? 0)));
        const l2 = Math.hypot(...a.map((x, i) => x - (b[i] ?? 0))) / Math.hypot(...b);
        expect(Math.abs((relL2(pairOf(a, b), sumsOf(a)) ?? Number.NaN) - l2)).toBeLessThan(1e-6 * (1 + l2));
        expect(cosine(pairOf(a, b), sumsOf(a))).toBeCloseTo(product / (Math.hypot(...a) * Math.hypot(...b)), 6);
      }),
    );
  });
});

describe("what cannot be divided", () => {
  test("is null if the denominator is zero or there are no sums", () => {
    expect(ratio(1, 0)).toBeNull();
    expect(relL1(pairOf([1], [0]))).toBeNull();
    expect(relL1(undefined)).toBeNull();
    expect(absMean(undefined)).toBeNull();
    expect(cosine(pairOf([1], [1]), undefined)).toBeNull();
  });

  test("is NaN if a NaN entered the sums", () => {
    expect(relL1({ ...pairOf([1], [2]), sumAbsDifference: Number.NaN })).toBeNaN();
    expect(absMean({ ...sumsOf([1]), sumAbs: Number.NaN, nonFinite: 1n })).toBeNaN();
  });
});
