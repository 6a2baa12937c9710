import { expect, test } from "vitest";
import { expand } from "../../src/experiment/expand.ts";
import { checkFit, cutNotes, encodedTexts } from "../../src/experiment/fit.ts";
import { workload } from "../../src/experiment/workload.ts";
import {
  type DeepPartial,
  DescribeResponse,
  ImageMode,
  type TokenCount,
  TokenCount as TokenCountMessage,
} from "../../src/generated/l1probe/v1/probe.ts";
import { syntheticCell } from "../analysis/synthetic.ts";
import { picture } from "./pictures.ts";

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

test("guidance of the wrong kind points to the other kind, if the model has it", () => {
  const refusal = (change: object, guidanceModes: object) => () =>
    checkFit(
      expand({ name: "a", base: { ...base, ...change } }),
      DescribeResponse.fromPartial({ ...server, guidanceModes }),
    );
  const embedding = { guidance_scale: 5 };
  const scale = { true_cfg_scale: 5, negative_prompt: "" };
  expect(refusal(embedding, { trueCfg: true })).toThrow(/guidance_scale is 5; .*true_cfg_scale and negative_prompt/);
  expect(refusal(scale, { embedded: true })).toThrow(/true_cfg_scale is 5; .* guidance_scale sets/);
  expect(refusal(embedding, {})).toThrow(/must be 1\.$/);
  expect(refusal(scale, {})).toThrow(/must be 1\.$/);
});

test.each<[string, DeepPartial<DescribeResponse>, object, RegExp]>([
  [
    "a clip of a model that makes images",
    { shapeRules: { frameMultiple: 0 } },
    {},
    /frames is 9; the model makes images, so it must be 1\./,
  ],
  [
    "a clip that is too long for one loop",
    { shapeRules: { frameMultiple: 4, maxFrames: 5 } },
    {},
    /frames is 9; the model makes at most 5 /,
  ],
  [
    "no picture where one is needed",
    { image: ImageMode.IMAGE_MODE_REQUIRED, provenance: { model: { pipeline: "WanImageToVideoPipeline" } } },
    {},
    /^base\.image: image is missing; WanImageToVideoPipeline .* height × width 24×40\.$/,
  ],
  [
    "a picture where none is taken",
    { image: ImageMode.IMAGE_MODE_NONE },
    { image: "a.png" },
    /^base\.image: image is a\.png; the model takes no image/,
  ],
  [
    "sigmas between whole timesteps",
    { prediction: "v", timestepTolerance: 1e-4 },
    { steps: 3 },
    /^base\.schedule: schedule is linear, whose sigma 0\.666\d* at 3 steps .*whole thousandth.* predicts v/,
  ],
  [
    "a sigma that float32 puts 4.8e-4 of a timestep off a whole one",
    { prediction: "epsilon", timestepTolerance: 1e-4 },
    { steps: undefined, schedule: { sigmas: [1, 0.5000005] } },
    /^base\.schedule: .* sigma 0\.500000\d* /,
  ],
  [
    "a sigma that stands for a timestep below 0",
    { prediction: "epsilon", timestepTolerance: 1e-4 },
    { steps: undefined, schedule: { sigmas: [1, 5e-8] } },
    /^base\.schedule: .* sigma 5\.?\d*e-8 /,
  ],
  [
    "a clip that is too short",
    { shapeRules: { frameMultiple: 4, minFrames: 5 } },
    { frames: 1 },
    /^base\.frames: frames is 1; .* at least 5/,
  ],
  [
    "a size beyond the model's positional table",
    { shapeRules: { heightMultiple: 8, widthMultiple: 8, maxHeight: 96, maxWidth: 32 } },
    {},
    /^base\.width: width is 40; .* at most 32/,
  ],
])("%s is refused", (_, said, change, message) => {
  const expansion = expand(
    { name: "a", base: { ...base, height: 24, width: 40, ...change } },
    { ports: { readBytes: () => picture } },
  );
  expect(() => checkFit(expansion, DescribeResponse.fromPartial(said))).toThrow(message);
});

test("image models, whole thousandths and a required image pass", () => {
  const image = expand(
    { name: "a", base: { ...base, height: 24, width: 40, frames: 1, image: "a.png" } },
    { ports: { readBytes: () => picture } },
  );
  const said = {
    shapeRules: { frameMultiple: 0 },
    image: ImageMode.IMAGE_MODE_REQUIRED,
    prediction: "epsilon",
    timestepTolerance: 1e-4,
  };
  checkFit(image, DescribeResponse.fromPartial(said));
  const steps = [1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 125, 200, 250, 500, 1000];
  const thousandths = expand({ name: "a", base: { ...base, steps: undefined }, grid: { steps } });
  checkFit(thousandths, DescribeResponse.fromPartial({ prediction: "v", timestepTolerance: 1e-4 }));
});

test("a server that names no tolerance checks timesteps itself", () => {
  checkFit(expand({ name: "a", base: { ...base, steps: 3 } }), DescribeResponse.fromPartial({ prediction: "v" }));
});

test("only the cells for a server are checked against it", () => {
  const expansion = expand({ name: "a", base: { ...base, sampler: undefined }, grid: { sampler: ["ddim", "euler"] } });
  expect(() => checkFit(expansion, server)).toThrow(/sampler is ddim/);
  checkFit(expansion, server, expansion.cells.slice(1));
});

test("an error points to the value at fault", () => {
  const expansion = expand({ name: "a", base: { ...base, frames: undefined }, grid: { frames: [5, 9, 10] } });
  expect(() => checkFit(expansion, server)).toThrow(/^grid\.frames\[2\]: frames is 10/);
});

test("a workload counts cells, steps and forwards: two per step with true CFG, 2N − 1 with Heun", () => {
  const { cells } = expand({
    name: "a",
    base: { ...base, steps: undefined, negative_prompt: "" },
    grid: { steps: [10, 20], true_cfg_scale: [1, 3] },
  });
  expect(workload(cells)).toEqual({ cells: 4, steps: 60, evaluations: 90 });
  expect(workload(expand({ name: "a", base: { ...base, sampler: "heun" } }).cells).evaluations).toBe(7);
});

const count = (encoder: string, kept: number, tokens: number, cut: string): TokenCount =>
  TokenCountMessage.fromPartial({ encoder, kept, tokens, cut });

test("a note names the prompt, each encoder that cut it, and the text that it did not read", () => {
  const [note = "", ...more] = cutNotes([
    { prompt: "a\nblue  square", encoders: [count("text_encoder", 5, 5, "")] },
    {
      prompt: `${"a red circle ".repeat(20)}ends`,
      encoders: [
        count("text_encoder", 16, 62, "the rest"),
        count("text_encoder_2", 64, 64, ""),
        count("text_encoder_3", 8, 62, `from ${"here ".repeat(30)}to the end`),
      ],
    },
  ]);
  expect(more).toEqual([]);
  expect(note).toContain('text_encoder reads 16 of 62 tokens, without "the rest"');
  expect(note).toContain("text_encoder_3 reads 8 of 62 tokens");
  expect(note).not.toContain("text_encoder_2");
  expect(note).not.toContain("square");
  expect(note).toMatch(/"a red circle .* … .* ends"/);
  expect(cutNotes([{ prompt: "short", encoders: [count("text_encoder", 3, 3, "")] }])).toEqual([]);
});

test("a negative prompt is read with true CFG only, and each text is counted once", () => {
  const one = syntheticCell({ prompt: "a", negative_prompt: "b", true_cfg_scale: 3 });
  expect(encodedTexts([one, { ...one, seed: 1 }, { ...one, negative_prompt: "", prompt: "c" }])).toEqual([
    "a",
    "b",
    "c",
    "",
  ]);
  expect(encodedTexts([{ ...one, true_cfg_scale: 1 }])).toEqual(["a"]);
});
