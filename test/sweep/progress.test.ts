import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { tally } from "../../src/sweep/progress.ts";

const cells = (grid: object) =>
  expand({
    name: "a",
    base: {
      prompt: "x",
      negative_prompt: "",
      true_cfg_scale: 1,
      height: 64,
      width: 64,
      frames: 9,
      steps: 10,
      schedule: "linear",
    },
    grid,
  }).cells;

test("cells of earlier runs count as done but not for the rate", () => {
  let now = 0;
  const [first, second, third] = cells({ seed: [0, 1, 2] });
  if (first === undefined || second === undefined || third === undefined) throw new Error("three cells were expected");
  const counts = tally([first], [second, third], () => now);
  expect(counts.progress()).toMatchObject({
    cells: 3,
    cellsDone: 1,
    steps: 30,
    stepsDone: 10,
    rate: null,
    secondsLeft: null,
  });
  for (let step = 0; step < 10; step++) counts.step(second);
  now = 5;
  counts.ended(second, 10, false);
  expect(counts.progress()).toEqual({
    cells: 3,
    cellsDone: 2,
    cellsFailed: 0,
    steps: 30,
    stepsDone: 20,
    rate: 2,
    secondsLeft: 5,
  });
});

test("the time left follows forwards and pixels, not steps", () => {
  let now = 0;
  const [plain, guided] = cells({ true_cfg_scale: [1, 3] });
  if (plain === undefined || guided === undefined) throw new Error("two cells were expected");
  const counts = tally([], [plain, guided], () => now);
  for (let step = 0; step < 10; step++) counts.step(plain);
  now = 3;
  expect(counts.progress().secondsLeft).toBeCloseTo(6, 9);
});

test("a failed cell leaves no steps to wait for", () => {
  let now = 0;
  const [first, second] = cells({ seed: [0, 1] });
  if (first === undefined || second === undefined) throw new Error("two cells were expected");
  const counts = tally([], [first, second], () => now);
  for (let step = 0; step < 4; step++) counts.step(first);
  now = 4;
  counts.ended(first, 4, true);
  for (let step = 0; step < 10; step++) counts.step(second);
  counts.ended(second, 10, false);
  expect(counts.progress()).toMatchObject({ cellsDone: 2, cellsFailed: 1, steps: 20, stepsDone: 20, secondsLeft: 0 });
});

test("the time left follows the pace of all concurrent cells", () => {
  const STEP = 0.5;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 200 }),
      (lengths, concurrency, until) => {
        let now = 0;
        const requested = cells({ seed: lengths.map((_, seed) => seed) }).map((cell, i) => ({
          ...cell,
          steps: lengths[i] ?? 1,
        }));
        const counts = tally([], requested, () => now);
        // A device on which every step takes the same time; each turn makes one step of every open cell.
        const waiting = requested.values();
        let open: { cell: Cell; done: number }[] = [];
        let made = 0;
        const total = lengths.reduce((sum, length) => sum + length, 0);
        while (made < Math.min(until, total)) {
          while (open.length < concurrency) {
            const { value } = waiting.next();
            if (value === undefined) break;
            open.push({ cell: value, done: 0 });
          }
          now += STEP * open.length;
          for (const one of open) {
            counts.step(one.cell);
            one.done += 1;
            made += 1;
            if (one.done === one.cell.steps) counts.ended(one.cell, one.done, false);
          }
          open = open.filter(({ cell, done }) => done < cell.steps);
        }
        const { rate, secondsLeft } = counts.progress();
        expect(rate).toBeCloseTo(1 / STEP, 9);
        expect(secondsLeft).toBeCloseTo(STEP * (total - made), 9);
      },
    ),
  );
});

test("refused cells do not inflate the rate", () => {
  let now = 0;
  const [first, second, ...others] = cells({ seed: [0, 1, 2, 3, 4, 5] });
  if (first === undefined || second === undefined) throw new Error("six cells were expected");
  const counts = tally([], [first, second, ...others], () => now);
  for (const cell of others) counts.ended(cell, 0, true);
  for (let step = 0; step < 10; step++) counts.step(first);
  now = 5;
  counts.ended(first, 10, false);
  expect(counts.progress()).toMatchObject({ cellsDone: 5, cellsFailed: 4, rate: 2, secondsLeft: 5 });
});
