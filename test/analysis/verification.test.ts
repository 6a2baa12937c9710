import { expect, test } from "vitest";
import { psnr, relativeL2, ssim } from "../../src/analysis/distance.ts";
import { uniform } from "../../src/analysis/statistics.ts";
import { atSteps, forks, type Measured, meanOf, paired, studentT, verdict } from "../../src/analysis/verification.ts";

const of = (spec: string, errors: readonly number[]): Measured => ({ spec, steps: 10, errors, psnr: null, ssim: null });

// SciPy 1.16: scipy.stats.t.ppf(.975, df)
test.each([
  [5, 2.5705818],
  [15, 2.1314495],
  [31, 2.0395134],
  [63, 1.9983405],
])("t at %i degrees of freedom is SciPy's", (freedom, expected) => {
  expect(Math.abs(studentT(freedom) / expected - 1)).toBeLessThan(2e-3);
});

test("paired differences see what unpaired ones do not", () => {
  const next = uniform(3);
  const base = Array.from({ length: 32 }, () => next() ** 4);
  const [worse, better] = [
    of(
      "shift:7",
      base.map((error) => error + 0.02),
    ),
    of("found", base),
  ];
  const { difference, wins, ratio } = paired(better, worse);
  expect(difference.mean).toBeCloseTo(-0.02, 12);
  expect(difference.half).toBeLessThan(1e-12);
  expect(meanOf(base).half).toBeGreaterThan(0.05);
  expect([wins, ratio < 1]).toStrictEqual([1, true]);
  expect(Number.isNaN(meanOf([1]).half)).toBe(true);
});

test("a pair far above the median forks", () => {
  expect(forks(of("a", [0.1, 0.1, 0.1, 0.12, 0.9]))).toBe(0.2);
  expect(forks(of("a", [0.1, 0.1, 0.1]))).toBe(0);
});

test("the verdict names the steps that are justified, and says where they are not", () => {
  const errors = [0.1, 0.2, 0.15, 0.3];
  const minus = (by: number) => errors.map((error, i) => error - by - 0.001 * i);
  const rivals = [
    of("shift:7", errors),
    of(
      "shift:5",
      errors.map((error) => error * 0.99),
    ),
  ];
  const won = atSteps(of("found", minus(0.05)), rivals, "shift:7");
  expect(won.best.against).toBe("shift:5");
  expect(won.usual?.ofMeans).toBeCloseTo((0.75 - 4 * 0.05 - 0.006) / 0.75, 12);
  const lost = { ...atSteps(of("found", errors.toReversed()), rivals, "shift:7"), steps: 20 };
  expect(verdict("found", [won], 4)).toMatch(/^found is justified at 10 steps on 4 pairs/);
  expect(verdict("found", [lost], 4)).toContain("is not justified at 20 steps");
  expect(verdict("found", [won, lost], 4)).toMatch(/justified at 10 steps .*; not justified at 20: .* against shift:5/);
});

test("relative L2 is ‖a − b‖/‖b‖, and NaN for tensors of different size", () => {
  expect(relativeL2([3, 4], [0, 5])).toBeCloseTo(Math.sqrt(10) / 5, 12);
  expect(relativeL2([1], [1, 2])).toBeNaN();
});

const [height, width] = [24, 20];
const next = uniform(9);
const picture = Uint8Array.from({ length: height * width * 3 }, () => Math.floor(next() * 256));
const noisy = picture.map((value) => Math.min(255, Math.max(0, value + Math.round(40 * (next() - 0.5)))));
const clip = (values: Uint8Array) => ({ shape: [1, height, width, 3], values });

test("PSNR and SSIM are those of their definitions, written a second way", () => {
  const squares = picture.reduce((sum, value, i) => sum + (value - (noisy[i] ?? 0)) ** 2, 0) / picture.length;
  expect(psnr(noisy, picture)).toBeCloseTo(20 * Math.log10(255 / Math.sqrt(squares)), 10);
  expect(psnr(picture, picture)).toBe(Number.POSITIVE_INFINITY);
  const gray = (of: Uint8Array, y: number, x: number) => {
    const at = (y * width + x) * 3;
    return 0.299 * (of[at] ?? 0) + 0.587 * (of[at + 1] ?? 0) + 0.114 * (of[at + 2] ?? 0);
  };
  // Directly, window by window, with weighted means of centred values.
  let total = 0;
  const places = (height - 10) * (width - 10);
  for (let top = 0; top <= height - 11; top += 1)
    for (let left = 0; left <= width - 11; left += 1) {
      const window = Array.from({ length: 121 }, (_, i) => {
        const [dy, dx] = [Math.floor(i / 11), i % 11];
        const weight = Math.exp(-((dy - 5) ** 2 + (dx - 5) ** 2) / 4.5);
        return { weight, a: gray(noisy, top + dy, left + dx), b: gray(picture, top + dy, left + dx) };
      });
      const all = window.reduce((sum, { weight }) => sum + weight, 0);
      const over = (value: (pixel: { a: number; b: number }) => number) =>
        window.reduce((sum, pixel) => sum + pixel.weight * value(pixel), 0) / all;
      const [ma, mb] = [over(({ a }) => a), over(({ b }) => b)];
      const [va, vb] = [over(({ a }) => (a - ma) ** 2), over(({ b }) => (b - mb) ** 2)];
      const cov = over(({ a, b }) => (a - ma) * (b - mb));
      const [c1, c2] = [6.5025, 58.5225];
      total += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma ** 2 + mb ** 2 + c1) * (va + vb + c2));
    }
  expect(ssim(clip(noisy), clip(picture))).toBeCloseTo(total / places, 8);
  expect(ssim(clip(picture), clip(picture))).toBeCloseTo(1, 12);
});
