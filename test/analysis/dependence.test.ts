import { expect, test } from "vitest";
import { axisShares } from "../../src/analysis/axisShares.ts";
import { fitDensity, type MeasuredStep } from "../../src/analysis/density.ts";
import { dependence } from "../../src/analysis/dependence.ts";
import { bootstrap, quantile, uniform } from "../../src/analysis/statistics.ts";
import { shifted, synthetic, syntheticCell, syntheticDensity, syntheticRecord, withSteps } from "./synthetic.ts";

const cells = [10, 20, 50].flatMap((steps) => [1, 3, 7, 17].map((shift) => syntheticCell({ steps, shift })));

test("the density of a record that has one is found, also at schedules that were left out", () => {
  const [cond] = dependence(syntheticRecord(cells)).metrics;
  expect(cond?.metric).toBe("cond");
  expect(cond?.points).toBe(4 * (9 + 19 + 49));
  expect(cond?.r2.density).toBeGreaterThan(0.999);
  expect(cond?.r2.leftOut).toBeGreaterThan(0.995);
  // The synthetic density falls and rises by more than Δσ does, so that Δσ alone must fail.
  expect(cond?.r2.deltaSigma).toBeLessThan(0.9);
  for (const sigma of [0.15, 0.3, 0.5, 0.7, 0.9, 0.97])
    expect(Math.abs((cond?.density.at(sigma) ?? 0) / syntheticDensity(sigma) - 1)).toBeLessThan(0.08);
});

test("schedule and steps explain ln L1 before it is divided by Δσ, and nothing after", () => {
  const [cond] = dependence(syntheticRecord(cells)).metrics;
  const place = cond?.shares.names.indexOf("schedule") ?? -1;
  expect(cond?.shares.before.axes[place]?.value).toBeGreaterThan(0.1);
  expect(cond?.shares.after.axes[place]?.value).toBeLessThan(0.02);
  expect(cond?.shares.after.sigma.value).toBeGreaterThan(0.95);
});

test("curves of another law are not explained", () => {
  // L1 that depends on the step's number, not on sigma.
  const record = syntheticRecord(cells);
  const twisted = {
    ...record,
    cells: record.cells.map((cell, i) =>
      withSteps(cell, (step) => {
        const factor = (1 + ((step.step * 7 + i * 13) % 10)) ** 2;
        const differences = step.differences.map(({ whole, ...rest }) => ({
          ...rest,
          whole: whole && { ...whole, sumAbsDifference: whole.sumAbsDifference * factor },
        }));
        return { ...step, differences };
      }),
    ),
  };
  const found = dependence(twisted);
  expect(found.metrics[0]?.r2.leftOut).toBeLessThan(0.8);
  expect(found.verdict[0]).toContain("does not explain");
});

test("the integral over a step is that of the fitted density", () => {
  const steps: MeasuredStep[] = [3, 7].flatMap((shift) => {
    const sigmas = shifted(shift, 20);
    return sigmas.slice(1).map((low, i) => {
      const high = sigmas[i] ?? 1;
      return { low, high, l1: synthetic.travelled(low) - synthetic.travelled(high) };
    });
  });
  const { density } = fitDensity(
    steps,
    steps.map(() => 0),
  );
  const [low, high, pieces] = [0.4, 0.6, 4000];
  const sum = Array.from({ length: pieces }, (_, k) => density.at(low + ((k + 0.5) * (high - low)) / pieces));
  const integral = (sum.reduce((a, b) => a + b, 0) * (high - low)) / pieces;
  expect(density.over({ low, high })).toBeCloseTo(integral, 3);
});

test("shares of a balanced table are those of an analysis of variance", () => {
  // value = 3·sigma + 2·a, a balanced table without interaction: shares are the variances of both terms.
  const grid = [0, 1, 2];
  const rows = [0, 1].flatMap((a) =>
    [0, 1].map((unit) => ({ values: Float64Array.from(grid, (g) => 3 * g + 2 * a), levels: [a], unit })),
  );
  const { sigma, axes } = axisShares(rows, [2], 3, 2);
  const total = 9 * (2 / 3) + 4 / 4;
  expect(sigma.value).toBeCloseTo((9 * (2 / 3)) / total, 12);
  expect(axes[0]?.value).toBeCloseTo(1 / total, 12);
});

test("a bootstrap interval of a mean covers it as the normal one does, and repeats", () => {
  const next = uniform(5);
  const values = Array.from({ length: 200 }, () => next());
  const meanOf = (drawn: readonly number[]) => drawn.reduce((sum, i) => sum + (values[i] ?? 0), 0) / drawn.length;
  const interval = bootstrap(values.length, meanOf, 2000) ?? [0, 0];
  const half = 1.96 * Math.sqrt(1 / 12 / values.length);
  expect((interval[1] - interval[0]) / 2 / half).toBeGreaterThan(0.85);
  expect((interval[1] - interval[0]) / 2 / half).toBeLessThan(1.15);
  expect(bootstrap(values.length, meanOf, 2000)).toStrictEqual(interval);
  expect(bootstrap(1, meanOf)).toBeNull();
  expect(quantile([1, 2, 4], 0.75)).toBe(3);
});
