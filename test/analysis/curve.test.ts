import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changePerSigma, curve, frameChange, metrics, positions, stepSizes } from "../../src/analysis/curve.ts";
import { summarize, usage } from "../../src/analysis/summary.ts";
import type { CellRecord } from "../../src/record/record.ts";
import { shifted, synthetic, syntheticCell, syntheticCellRecord, syntheticSteps, withSteps } from "./synthetic.ts";

const cellOf = (steps: number, shift: number): CellRecord =>
  syntheticCellRecord({ cellId: "c", cell: syntheticCell({ steps, shift }) });
const cells = fc
  .record({ steps: fc.integer({ min: 2, max: 60 }), shift: fc.double({ min: 0.5, max: 20, noNaN: true }) })
  .map(({ steps, shift }) => cellOf(steps, shift));

describe("a curve", () => {
  test("runs over step/steps from 0 to below 1 and over 1000 − timestep upwards", () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const { fraction, reversedTimestep } = positions(cell);
        expect(fraction).toEqual(cell.steps.map((_, i) => i / cell.cell.steps));
        expect(reversedTimestep).toEqual(cell.steps.map(({ timestep }) => 1000 - timestep));
        expect(reversedTimestep.every((value, i) => i === 0 || value > (reversedTimestep[i - 1] ?? 0))).toBe(true);
      }),
    );
  });

  test("spreads the evaluations of a step up to the next step", () => {
    const cell = cellOf(2, 1);
    const twice = withSteps(cell, (step) => [step, { ...step, evaluation: 1 }]);
    expect(positions(twice).fraction).toEqual([0, 0.25, 0.5, 0.75]);
  });

  test("sums to the same change for every schedule, like the synthetic prediction", () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const last = cell.cell.sigmas.at(-1) ?? 0;
        const travelled = curve(cell, "cond").values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
        expect(travelled).toBeCloseTo(synthetic.travelled(last), 9);
      }),
    );
  });

  test("has one series per latent frame, which add up to the whole", () => {
    const cell = cellOf(10, 7);
    for (const metric of metrics) {
      const series = frameChange(syntheticSteps(cell.cell), metric);
      expect(series).toHaveLength(synthetic.latentFrames);
      const { values } = curve(cell, metric);
      for (const frame of series) {
        expect(frame.map((x) => x ?? -1)).toEqual(values.map((x) => expect.closeTo(x ?? -1, 12)));
      }
    }
  });
});

describe("a change per unit sigma", () => {
  test("divides the latent by the step itself: cfg over latent under Euler, for every schedule", () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const { values, deltaSigma } = changePerSigma(cell, "latent");
        expect(deltaSigma).toEqual(stepSizes(cell));
        for (const [i, value] of values.entries()) {
          const state = synthetic.latentMean(cell.cell.sigmas[i] ?? 0);
          expect(value).toBeCloseTo(synthetic.cfgMean / state, 6);
        }
      }),
    );
  });

  test("divides a prediction by the step before it, so that fine steps give its derivative", () => {
    const { values, deltaSigma } = changePerSigma(cellOf(1000, 1), "cond");
    expect(values[0]).toBeNull();
    expect(deltaSigma[0]).toBeNull();
    const rate = (sigma: number) => (synthetic.travelled(sigma - 1e-6) - synthetic.travelled(sigma + 1e-6)) / 2e-6;
    for (const i of [1, 300, 700, 999]) expect(values[i]).toBeCloseTo(rate(1 - (i - 0.5) / 1000), 3);
  });

  test("has no value if two evaluations share a sigma", () => {
    const cell = cellOf(4, 1);
    const [first] = cell.steps;
    const twice = withSteps(cell, (step, i) => (i === 1 ? { ...step, sigma: first?.sigma ?? 0 } : step));
    expect(changePerSigma(twice, "cond").values[1]).toBeNull();
  });
});

describe("a summary", () => {
  test("finds what sorting finds", () => {
    fc.assert(
      fc.property(cells, fc.constantFrom(...metrics), (cell, metric) => {
        const values = curve(cell, metric).values.filter((value) => value !== null);
        const sorted = [...values].sort((a, b) => a - b);
        const { maximum, minimum, last } = summarize(cell, metric);
        expect(maximum?.value).toBe(sorted.at(-1));
        expect(minimum?.value).toBe(sorted[0]);
        expect(last?.value).toBe(values.at(-1));
        expect(curve(cell, metric).values[maximum?.step ?? -1]).toBe(maximum?.value);
      }),
    );
  });

  test("leaves out and counts non-finite values", () => {
    const cell = withSteps(cellOf(6, 1), (step, i) => ({
      ...step,
      differences: step.differences.map((difference) =>
        i === 2 && difference.whole !== undefined
          ? { ...difference, whole: { ...difference.whole, sumAbsDifference: Number.NaN } }
          : difference,
      ),
    }));
    const summary = summarize(cell, "latent");
    expect(summary.nonFinite).toBe(1);
    expect(Number.isFinite(summary.maximum?.value)).toBe(true);
  });

  test("of one step has no prediction to compare, so values are null", () => {
    const cell = syntheticCellRecord({ cellId: "c", cell: syntheticCell({ steps: 1, sigmas: shifted(1, 1) }) });
    expect(summarize(cell, "cond")).toMatchObject({ maximum: null, minimum: null, last: null });
    expect(summarize(cell, "latent").maximum).toMatchObject({ step: 0, fraction: 0, timestep: 1000 });
  });

  test("of usage takes seconds from the server, and the peak is null if unknown", () => {
    const cell = cellOf(10, 1);
    expect(usage(cell)).toMatchObject({ seconds: 0.7, peakMemoryBytes: null });
    expect(usage(cell).secondsPerStep).toBeCloseTo(0.05, 12);
    expect(usage({ ...cell, steps: [], finished: null })).toEqual({
      seconds: null,
      secondsPerStep: null,
      peakMemoryBytes: null,
    });
  });
});
