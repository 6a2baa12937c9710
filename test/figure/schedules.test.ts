import { expect, test } from "vitest";
import { schedulesFigure } from "../../src/figure/schedules.ts";
import { parseSchedule } from "../../src/schedule/index.ts";

function drawn(spec: string, steps: number) {
  const schedule = parseSchedule(spec);
  return { label: spec, schedule, sigmas: schedule.sigmas(steps) };
}

test("the first panel shows 1 − σ against the step, up to the terminal 1, and the reference line", () => {
  const { rows, series } = schedulesFigure([drawn("linear", 4), drawn("shift:7", 4)], 0.11, "1.2.3");
  const panel = rows[0]?.panels[0];
  expect(series.map(({ label }) => label)).toStrictEqual(["linear", "shift:7", "1 − σ = 0.11"]);
  expect(panel?.traces[0]).toMatchObject({ x: [0, 1, 2, 3, 4], y: [0, 0.25, 0.5, 0.75, 1] });
  expect(panel?.traces[2]).toMatchObject({ x: [0, 4], y: [0.11, 0.11] });
  expect(series[2]?.style.dash).toBe("dashed");
});

test("schedules of different lengths are drawn against step / steps", () => {
  const { rows, caption } = schedulesFigure([drawn("linear", 2), drawn("linear", 4)], null, "1.2.3");
  const panel = rows[0]?.panels[0];
  expect(panel?.x.label).toBe("step / steps");
  expect(panel?.traces.map(({ x }) => x)).toStrictEqual([
    [0, 0.5, 1],
    [0, 0.25, 0.5, 0.75, 1],
  ]);
  expect(caption).toBe("sigmas as they are sent, float32 · 2, 4 steps · no model ran · l1probe 1.2.3");
});

test("slopes run from 1/s to s, and each Δσ is at the start of its step", () => {
  const { rows } = schedulesFigure([drawn("shift:7", 5)], null, "1.2.3");
  const [slope, size] = rows[1]?.panels ?? [];
  const slopes = slope?.traces[0]?.y ?? [];
  expect(slopes[0]).toBeCloseTo(1 / 7, 2);
  expect(slopes.at(-1)).toBeCloseTo(7, 0);
  expect(size?.traces[0]?.x.at(-1)).toBeCloseTo(1 - 0.6363636255264282, 12);
  expect(size?.traces[0]?.y.at(-1)).toBeCloseTo(0.6363636255264282, 12);
});
