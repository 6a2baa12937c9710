import { expect, test } from "vitest";
import { expand } from "../../src/experiment/expand.ts";
import { tally } from "../../src/sweep/progress.ts";

const cells = (grid: object) =>
  expand({
    name: "a",
    base: { prompt: "x", negative_prompt: "", height: 64, width: 64, frames: 9, steps: 10, schedule: "linear" },
    grid,
  }).cells;

test("an earlier run's cells count as done and not into the rate", () => {
  let now = 0;
  const [first, second, third] = cells({ seed: [0, 1, 2] });
  if (first === undefined || second === undefined || third === undefined) throw new Error("three cells were asked for");
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

test("the time left goes by evaluations and pixels, not by steps", () => {
  let now = 0;
  const [plain, guided] = cells({ true_cfg_scale: [1, 3] });
  if (plain === undefined || guided === undefined) throw new Error("two cells were asked for");
  const counts = tally([], [plain, guided], () => now);
  for (let step = 0; step < 10; step++) counts.step(plain);
  now = 3;
  expect(counts.progress().secondsLeft).toBeCloseTo(6, 9);
});

test("a cell that failed leaves no steps to wait for", () => {
  let now = 0;
  const [first, second] = cells({ seed: [0, 1] });
  if (first === undefined || second === undefined) throw new Error("two cells were asked for");
  const counts = tally([], [first, second], () => now);
  for (let step = 0; step < 4; step++) counts.step(first);
  now = 4;
  counts.ended(first, 4, true);
  for (let step = 0; step < 10; step++) counts.step(second);
  counts.ended(second, 10, false);
  expect(counts.progress()).toMatchObject({ cellsDone: 2, cellsFailed: 1, steps: 20, stepsDone: 20, secondsLeft: 0 });
});
