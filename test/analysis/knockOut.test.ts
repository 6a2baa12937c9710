import { expect, test } from "vitest";
import { cumulated, knockOut, measuredSigmas, refined, unevenness, windowsOf } from "../../src/analysis/knockOut.ts";
import { parseSchedule } from "../../src/schedule/index.ts";

/*
 * The oracle is a flow from noise to a Gaussian of standard deviation `spread`: with x = (1 − σ)·x₀ + σ·ε the exact
 * velocity is linear in x, so Euler multiplies x by a known factor at each step, and the exact end is known.
 */

/** d(ln x)/dσ of the probability flow to N(0, spread²): half the derivative of ln((1 − σ)²·spread² + σ²). */
const rate = (sigma: number, spread: number): number =>
  (sigma - (1 - sigma) * spread ** 2) / ((1 - sigma) ** 2 * spread ** 2 + sigma ** 2);

/** The exact state at a sigma that began as x = 1 at σ = 1; it ends as `spread`. */
const exact = (sigma: number, spread: number): number => Math.hypot((1 - sigma) * spread, sigma);

/** What one step makes of x = 1. */
type Step = (from: number, to: number, spread: number) => number;

const eulerStep: Step = (from, to, spread) => 1 + (to - from) * rate(from, spread);

/** The midpoint rule, of order 2. */
const midpointStep: Step = (from, to, spread) => {
  const size = to - from;
  return 1 + size * rate(from + size / 2, spread) * (1 + (size / 2) * rate(from, spread));
};

const solver =
  (step: Step) =>
  (sigmas: readonly number[], spread: number): number =>
    sigmas.reduce((x, sigma, i) => x * step(sigma, sigmas[i + 1] ?? 0, spread), 1);
const [euler, midpoint] = [solver(eulerStep), solver(midpointStep)];

/** What each step alone leaves in the end, summed without signs: the measure that a knock-out schedule minimises. */
function cost(step: Step, sigmas: readonly number[]): number {
  const of = (spread: number) =>
    sigmas.reduce((sum, from, i) => {
      const to = sigmas[i + 1] ?? 0;
      return sum + Math.abs((exact(from, spread) * step(from, to, spread)) / exact(to, spread) - 1);
    }, 0);
  return SPREADS.reduce((product, spread) => product * of(spread), 1) ** (1 / SPREADS.length);
}

type Solver = typeof euler;
const SPREADS = [0.35, 0.5] as const;

/** The knock-out schedule of N steps that a solver's own measurement gives. */
function measure(solve: Solver, order: number, base: string, [steps, windows]: readonly [number, number]) {
  const cut = windowsOf(parseSchedule(base).exact(steps), windows);
  const whole = SPREADS.map((spread) => solve(cut.base, spread));
  const changes = cut.without.map((sigmas) =>
    SPREADS.map((spread, i) => Math.abs(solve(sigmas, spread) / (whole[i] ?? 1) - 1)),
  );
  return knockOut(cut.edges, changes, order);
}

const shareOf = ({ share }: ReturnType<typeof knockOut>) => share.map(({ value }) => value);

test("windows leave out their interior and nothing else", () => {
  const { edges, without, width } = windowsOf([1, 0.9, 0.8, 0.6, 0.4, 0.2], 3);
  expect(width).toBe(2);
  expect(edges).toStrictEqual([1, 0.8, 0.4, 0]);
  expect(without).toStrictEqual([
    [1, 0.8, 0.6, 0.4, 0.2],
    [1, 0.9, 0.8, 0.4, 0.2],
    [1, 0.9, 0.8, 0.6, 0.4],
  ]);
  expect(() => windowsOf([1, 0.9, 0.8, 0.6, 0.4], 2)).toThrow("do not divide 5 base steps");
  expect(() => windowsOf([1, 0.9], 2)).toThrow("m of at least 2");
});

test("a window's change is the local error times the amplification, in closed form", () => {
  const [spread] = SPREADS;
  const cut = windowsOf(parseSchedule("shift:3").exact(240), 24);
  for (const k of [2, 8, 14, 20]) {
    const [from, to] = [cut.edges[k] ?? 0, cut.edges[k + 1] ?? 0];
    // Second order of one Euler step against the flow: (Δσ²/2)·(r² + r'), less the same over the fine steps.
    const h = 1e-5;
    const middle = (from + to) / 2;
    const slope = (rate(middle + h, spread) - rate(middle - h, spread)) / (2 * h);
    const size = from - to;
    const fine = cut.base.slice(k * cut.width, (k + 1) * cut.width).map((sigma, i, own) => sigma - (own[i + 1] ?? to));
    const left = size ** 2 - fine.reduce((sum, step) => sum + step ** 2, 0);
    const expected = Math.abs((left / 2) * (rate(middle, spread) ** 2 + slope));
    const found = Math.abs(euler(cut.without[k] ?? [], spread) / euler(cut.base, spread) - 1);
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.15);
  }
});

/** The least cost of N steps, by pattern search over their sizes: it knows nothing of windows. */
function leastCost(step: Step, start: readonly number[]): number {
  const sizes = start.map((sigma, i) => sigma - (start[i + 1] ?? 0));
  const sigmasOf = (of: readonly number[]) => {
    const total = of.reduce((sum, size) => sum + size, 0);
    let at = 1;
    return of.map((size) => {
      const here = at;
      at -= size / total;
      return here;
    });
  };
  let best = cost(step, start);
  for (let scale = 0.3; scale > 0.005; scale *= 0.7) {
    for (let round = 0; round < 5; round += 1) {
      for (const i of sizes.keys()) {
        for (const factor of [1 + scale, 1 / (1 + scale)]) {
          const changed = sizes.with(i, (sizes[i] ?? 0) * factor);
          const found = cost(step, sigmasOf(changed));
          if (found >= best) continue;
          best = found;
          sizes[i] = changed[i] ?? 0;
        }
      }
    }
  }
  return best;
}

test("q = 1/(order + 1) levels the windows of the found schedule, other exponents do not", () => {
  for (const [solve, order] of [
    [euler, 1],
    [midpoint, 2],
  ] as const) {
    const measured = measure(solve, order, "shift:3", [96, 24]);
    const windows = (exponent: number) => {
      const share = cumulated(
        measured.changes.map(({ value }) => value),
        exponent,
      );
      const sigmas = measuredSigmas({ edges: measured.edges, share }, 8);
      const cut = windowsOf(refined(sigmas, 6), 8);
      const whole = SPREADS.map((spread) => solve(cut.base, spread));
      return unevenness(
        cut.without.map((one) =>
          Math.exp(
            SPREADS.reduce((sum, spread, i) => sum + Math.log(Math.abs(solve(one, spread) / (whole[i] ?? 1) - 1)), 0) /
              SPREADS.length,
          ),
        ),
      );
    };
    expect(measured.exponent).toBe(1 / (order + 1));
    const own = windows(measured.exponent);
    expect(own).toBeLessThan(windows(order === 1 ? 1 / 3 : 1 / 2));
    expect(own).toBeLessThan(windows(1));
  }
});

test.each([
  ["euler", euler, eulerStep, 1, 1.1, [6, 10, 20]],
  // A search hides the place where this rule's error changes sign inside a step, which no window can.
  ["midpoint", midpoint, midpointStep, 2, 1.5, [20, 32]],
] as const)(
  "%s: one measurement gives, at each N, a schedule near the optimum of a search",
  (_, solve, step, order, bound, counts) => {
    const measured = measure(solve, order, "shift:2", [96, 24]);
    for (const steps of counts) {
      const found = cost(step, measuredSigmas({ edges: measured.edges, share: shareOf(measured) }, steps));
      const least = leastCost(step, parseSchedule("shift:2").exact(steps));
      expect(found / least).toBeLessThan(bound);
      expect(found).toBeLessThan(cost(step, parseSchedule("shift:7").exact(steps)));
    }
  },
);

test("shares rise from 0 to 1, and their intervals contain them", () => {
  const { share, changes, edges } = measure(euler, 1, "shift:5", [48, 12]);
  expect([share[0]?.value, share.at(-1)?.value, share.length, changes.length]).toStrictEqual([0, 1, 13, 12]);
  for (const [k, { value, interval }] of share.entries()) {
    expect(value).toBeGreaterThanOrEqual(interval?.[0] ?? 1);
    expect(value).toBeLessThanOrEqual(interval?.[1] ?? 0);
    if (k > 0) expect(value).toBeGreaterThan(share[k - 1]?.value ?? 1);
  }
  expect(edges.at(-1)).toBe(0);
});

test("equal changes give the base's own windows back; a larger change draws steps", () => {
  const edges = [1, 0.9, 0.5, 0];
  const equal = knockOut(edges, [[0.2], [0.2], [0.2]], 1);
  expect(measuredSigmas({ edges, share: shareOf(equal) }, 3)).toStrictEqual(
    [1, 0.9, 0.5].map((s) => expect.closeTo(s, 12)),
  );
  expect(equal.changes[0]?.interval).toBeNull();
  const steep = knockOut(edges, [[0.8], [0.2], [0.2]], 1);
  expect(shareOf(steep)[1]).toBeCloseTo(0.5, 12);
  expect(() => knockOut(edges, [[0.8], [0], [0.2]], 1)).toThrow("must be finite and above 0");
});
