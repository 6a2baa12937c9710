import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProbeError } from "../../src/errors.ts";
import { SCHEDULE_KINDS } from "../../src/schedule/catalogue.ts";
import { parseSchedule, type Schedule } from "../../src/schedule/index.ts";
import { farthest } from "./golden.ts";
import { FILES, specs } from "./specs.ts";

/** The result, or null if it was refused as bad input; any other error is a defect. */
function refused<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof ProbeError && error.kind === "input") {
      expect(error.message).toMatch(/\.$/);
      return null;
    }
    throw error;
  }
}

function expectDecreasing(values: readonly number[], steps: number): void {
  expect(values).toHaveLength(steps);
  const wrong = values.findIndex((value, index) => !(value > 0 && value <= 1 && value < (values[index - 1] ?? 2)));
  expect([wrong, values[wrong]]).toStrictEqual([-1, undefined]);
}

describe.each(SCHEDULE_KINDS.map((kind) => [kind.name, kind] as const))("%s", (_, kind) => {
  test("gives N decreasing sigmas from φ(1), or a refusal, and its canonical spec gives the same numbers", () => {
    let ran = 0;
    fc.assert(
      fc.property(specs(kind), fc.integer({ min: 1, max: 60 }), (spec, asked) => {
        const schedule = refused(() => parseSchedule(spec, FILES));
        if (schedule === null) return;
        const again: Schedule = parseSchedule(schedule.spec, FILES);
        expect(again.spec).toBe(schedule.spec);
        const steps = schedule.fixedSteps ?? asked;
        const exact = refused(() => schedule.exact(steps));
        if (exact === null) return;
        expectDecreasing(exact, steps);
        expect(exact[0]).toBe(schedule.sigmaAt(0, steps));
        if (schedule.phi !== null) expect(exact[0]).toBe(schedule.phi(1));
        expect(again.exact(steps)).toStrictEqual(exact);
        const sigmas = refused(() => schedule.sigmas(steps));
        if (sigmas === null) return;
        expectDecreasing(sigmas, steps);
        // stretch divides by 1 − σ in float32, as diffusers does, and loses digits.
        const rounding = schedule.spec.includes("stretch") ? 1e-2 : 1e-6;
        expect(sigmas).toStrictEqual(sigmas.map(Math.fround));
        expect(farthest(sigmas, exact)).toBeLessThan(rounding);
        ran += 1;
      }),
      { numRuns: 100 },
    );
    expect(ran).toBeGreaterThan(5);
  });

  test("its example is valid", () => {
    const { fixedSteps, ...schedule } = parseSchedule(kind.example, FILES);
    expect(schedule.sigmas(fixedSteps ?? 20)).toHaveLength(fixedSteps ?? 20);
  });

  test("its end slopes are those of its function", () => {
    fc.assert(
      fc.property(specs(kind), (spec) => {
        const schedule = refused(() => parseSchedule(spec, FILES));
        if (schedule === null || schedule.phi === null || schedule.endSlopes === null) return;
        const { phi, endSlopes } = schedule;
        // A long difference meets the curvature, a short one the rounding; the nearer of both counts.
        const off = (slope: number, difference: (h: number) => number): number =>
          Math.min(...[1e-7, 1e-9].map((h) => Math.abs(difference(h) / h / slope - 1)));
        for (const [slope, difference] of [
          [endSlopes.start, (h: number) => phi(1) - phi(1 - h)],
          [endSlopes.terminal, (h: number) => phi(h) - phi(0)],
        ] as const) {
          if (slope < 1e-3 || slope > 1e3) continue;
          expect(off(slope, difference)).toBeLessThan(1e-3);
        }
      }),
    );
  });
});
