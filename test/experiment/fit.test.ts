import { expect, test } from "vitest";
import { cost } from "../../src/experiment/cost.ts";
import { expand } from "../../src/experiment/expand.ts";
import { checkFit } from "../../src/experiment/fit.ts";
import { DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";

const server = DescribeResponse.fromPartial({
  samplers: ["euler", "heun"],
  shapeRules: { heightMultiple: 16, widthMultiple: 16, frameMultiple: 4 },
  guidanceModes: { embedded: false, trueCfg: false },
  limits: { maxSteps: 100, maxFrames: 33, maxPixels: 9216, maxPromptCharacters: 20 },
});
const base = { prompt: "a red circle", height: 64, width: 96, frames: 9, steps: 4, schedule: "linear" };

test("cells that the server can sample pass", () => {
  checkFit(expand({ name: "a", base, grid: { frames: [1, 33], sampler: ["euler", "heun"] } }), server);
});

test.each([
  [
    "a sampler",
    { sampler: "huen" },
    /base\.sampler: sampler is huen \(did you mean heun\?\); the server has euler, heun\./,
  ],
  ["a height", { height: 70 }, /base\.height: height is 70; the model samples multiples of 16, for example 64 or 80\./],
  ["a width below the least", { width: 9 }, /width is 9; the model samples multiples of 16, for example 16\./],
  ["a length", { frames: 8 }, /frames is 8; the model samples 4k \+ 1 frames, for example 5 or 9\./],
  ["a long clip", { frames: 37 }, /frames is 37; the server allows at most 33\./],
  ["many steps", { steps: 101 }, /steps is 101; the server allows at most 100\./],
  ["a large picture", { height: 112 }, /height × width is 10752; the server allows at most 9216\./],
  ["a long prompt", { prompt: "🔴".repeat(21) }, /the prompt's length is 21; the server allows at most 20\./],
  ["embedded guidance", { guidance_scale: 6 }, /guidance_scale is 6; the model has no guidance embedding/],
  ["true CFG", { true_cfg_scale: 6, negative_prompt: "" }, /true_cfg_scale is 6; the model has no true CFG/],
])("%s that the server cannot sample is refused with its place", (_, change, message) => {
  const expansion = expand({ name: "a", base: { ...base, ...change } }, { place: (path) => `at ${path} ` });
  expect(() => checkFit(expansion, server)).toThrow(message);
  expect(() => checkFit(expansion, server)).toThrow(/^at base\./);
});

test("one axis's place is that of the value at fault", () => {
  const expansion = expand({ name: "a", base: { ...base, frames: undefined }, grid: { frames: [5, 9, 10] } });
  expect(() => checkFit(expansion, server)).toThrow(/^grid\.frames\[2\]: frames is 10/);
});

test("a cost counts cells, steps and evaluations: two a step with true CFG, 2N − 1 with Heun", () => {
  const { cells } = expand({
    name: "a",
    base: { ...base, steps: undefined, negative_prompt: "" },
    grid: { steps: [10, 20], true_cfg_scale: [1, 3] },
  });
  expect(cost(cells)).toEqual({ cells: 4, steps: 60, evaluations: 90 });
  expect(cost(expand({ name: "a", base: { ...base, sampler: "heun" } }).cells).evaluations).toBe(7);
});
