import { expect, test } from "vitest";
import { expand } from "../../src/experiment/expand.ts";
import { heldOut, onPairs, pairsOf, refuseUsed } from "../../src/experiment/pairs.ts";

const base = {
  height: 64,
  width: 64,
  frames: 9,
  schedule: "shift:7",
  steps: 10,
  true_cfg_scale: 3,
  negative_prompt: "",
};
const experiment = {
  name: "pairs",
  base,
  grid: { prompt: ["a", "b"], seed: [1, 2], schedule: ["linear", "shift:3"] },
};

test("pairs are the distinct prompts and seeds, whatever schedules run", () => {
  const { pairs } = pairsOf(expand(experiment));
  expect(pairs.map(({ prompt, seed }) => [prompt, seed])).toEqual([
    ["a", 1],
    ["a", 2],
    ["b", 1],
    ["b", 2],
  ]);
});

test("an experiment that varies its setting is refused with the place", () => {
  const varied = expand({ ...experiment, grid: { frames: [9, 17], prompt: ["a"] } });
  expect(() => pairsOf(varied)).toThrow("grid.frames[1]: frames is 9 and 17");
});

test.each([3, 1])("schedules on pairs are the same generations as typed ones, at true CFG %i", (scale) => {
  const typed = { ...base, true_cfg_scale: scale, negative_prompt: scale === 1 ? undefined : "" };
  const { negative_prompt, ...without } = typed;
  const { pairs } = pairsOf(expand({ ...experiment, base: scale === 1 ? without : { ...without, negative_prompt } }));
  const made = expand(
    onPairs("made", "", pairs.slice(0, 3), "unipc", [
      [1, 0.5],
      [1, 0.8, 0.4],
    ]),
  ).cells;
  expect(made).toHaveLength(6);
  for (const [i, cell] of made.entries()) {
    const pair = pairs[i % 3];
    expect(cell).toEqual({
      ...pair,
      sampler: "unipc",
      sigmas: cell.sigmas,
      schedule: cell.schedule,
      shift: null,
      steps: cell.sigmas.length,
    });
  }
  expect(made.map(({ steps }) => steps)).toEqual([2, 2, 2, 3, 3, 3]);
});

test("a pair is held out if neither its prompt nor its seed was used", () => {
  const { pairs } = pairsOf(expand({ ...experiment, grid: { prompt: ["a", "b", "c"], seed: [1, 2] } }));
  const used = [{ prompt: "a", seed: 1 }];
  expect(heldOut(pairs, used).map(({ prompt, seed }) => [prompt, seed])).toEqual([
    ["b", 2],
    ["c", 2],
  ]);
  expect(() => refuseUsed(pairs, used, "x.yaml")).toThrow('x.yaml has the prompt "a", which the recommendation');
  expect(() => refuseUsed(pairs.slice(2), used, "x.yaml")).toThrow("x.yaml has the seed 1");
  expect(() => refuseUsed(heldOut(pairs, used), used, "x.yaml")).not.toThrow();
});
