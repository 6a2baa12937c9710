import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DISTRIBUTION_NAMES,
  DISTRIBUTIONS,
  type Distribution,
  highestTerminal,
  mass,
  windowBySlopes,
  windowFromMode,
  windowSlopes,
} from "../../../src/schedule/kinds/distributions.ts";

const shifts = fc.integer({ min: 101, max: 3000 }).map((s) => s / 100);

describe.each(DISTRIBUTION_NAMES.map((name): [string, Distribution] => [name, DISTRIBUTIONS[name]]))(
  "%s",
  (name, distribution) => {
    test("its density is the derivative of its mass, and integrates to 1", () => {
      for (const x of [-5, -1, -0.3, 0.1, 0.49, 0.51, 2, 7]) {
        const h = 1e-5;
        expect(mass(distribution, x - h, x + h) / (2 * h)).toBeCloseTo(distribution.density(x), 7);
      }
      expect(mass(distribution, -1e9, 1e9)).toBeCloseTo(1, 8);
      expect(mass(distribution, -2, -1)).toBe(mass(distribution, 1, 2));
    });

    test("from its mode it begins at any slope 1/s and ends at most at s", () => {
      fc.assert(
        fc.property(shifts, (s) => {
          const { start, terminal } = windowSlopes(windowFromMode(distribution, 1 / s));
          expect(start * s).toBeCloseTo(1, 10);
          expect(terminal).toBeGreaterThan(1);
          if (name === "softsign") expect(terminal / s).toBeCloseTo(1, 12);
          else expect(terminal).toBeLessThan(s);
        }),
        { numRuns: 40 },
      );
    });

    test("every terminal slope between the first slope and the highest can be had, with s0·s1 < 1", () => {
      fc.assert(
        fc.property(shifts, fc.integer({ min: 0, max: 99 }), (s, percent) => {
          const highest = highestTerminal(distribution, 1 / s);
          const terminal = 1 / s + ((highest - 1 / s) * percent) / 100;
          const window = windowBySlopes(distribution, 1 / s, terminal);
          const slopes = window === null ? { start: 0, terminal: 0 } : windowSlopes(window);
          expect(slopes.start * s).toBeCloseTo(1, 9);
          expect(slopes.terminal / terminal).toBeCloseTo(1, 9);
          if (name !== "softsign") expect(slopes.start * slopes.terminal).toBeLessThan(1);
          expect(windowBySlopes(distribution, 1 / s, highest * 1.001)).toBeNull();
        }),
        { numRuns: 40 },
      );
    });
  },
);

describe("closed forms", () => {
  test("Student's t with ν = 2 has its far end at √(s − 1) and the terminal slope √s", () => {
    for (const s of [2, 7, 17, 400]) {
      const window = windowFromMode(DISTRIBUTIONS["student-t2"], 1 / s);
      expect(window.b).toBeCloseTo(Math.sqrt(s - 1), 10);
      expect(windowSlopes(window).terminal).toBeCloseTo(Math.sqrt(s), 10);
    }
  });

  test("Cauchy's slopes have the product (sin δ/δ)² for a window of δ = arctan b − arctan a", () => {
    for (const [a, b] of [
      [0, 3],
      [-1, 4],
      [2, 50],
    ] as const) {
      const { start, terminal } = windowSlopes({ distribution: DISTRIBUTIONS.cauchy, a, b });
      const delta = Math.atan(b) - Math.atan(a);
      expect(start * terminal).toBeCloseTo((Math.sin(delta) / delta) ** 2, 12);
    }
  });

  test.each(["logistic", "sech"] as const)("%s reaches what a cut exponential has: L + e^−L·L/(1 − e^−L)", (name) => {
    for (const length of [1, 3, 6]) {
      const start = (length * Math.exp(-length)) / (1 - Math.exp(-length));
      expect(highestTerminal(DISTRIBUTIONS[name], start)).toBeCloseTo(length + start, 9);
    }
  });

  test("Gaussian tails come near the same bound and stay below it", () => {
    for (const length of [1, 3, 6]) {
      const start = (length * Math.exp(-length)) / (1 - Math.exp(-length));
      const highest = highestTerminal(DISTRIBUTIONS.gaussian, start);
      expect(highest).toBeLessThan(length + start);
      expect(highest).toBeGreaterThan((length + start) * 0.99);
    }
  });

  test("Student's reaches 2r²/(r + 1) where the first slope is 2/(r(r + 1)); Cauchy's and the softsign reach s", () => {
    for (const r of [1.5, 3, 9]) {
      const start = 2 / (r * (r + 1));
      expect(highestTerminal(DISTRIBUTIONS["student-t2"], start)).toBeCloseTo((2 * r * r) / (r + 1), 6);
      expect(highestTerminal(DISTRIBUTIONS.cauchy, start) * start).toBeCloseTo(1, 6);
      expect(highestTerminal(DISTRIBUTIONS.softsign, start) * start).toBeCloseTo(1, 12);
    }
  });
});
