import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { canonicalJson, cellId, provisionalId, sameId, tabularId } from "../../src/experiment/identity.ts";
import { Model, Weights } from "../../src/generated/l1probe/v1/probe.ts";

const cell: Cell = {
  model: null,
  image: null,
  image_sha256: null,
  init: null,
  start: null,
  prompt: "a red circle",
  negative_prompt: "",
  true_cfg_scale: 3,
  guidance_scale: 1,
  height: 64,
  width: 64,
  frames: 9,
  seed: 0,
  sampler: "euler",
  solver_state: "float32",
  steps: 2,
  schedule: "linear",
  shift: 1,
  sigmas: [1, 0.5],
};
const model = Model.fromPartial({
  id: "tiny",
  fingerprint: "sha256:0123",
  family: "hunyuan_video",
  pipeline: "HunyuanVideoPipeline",
  transformerDtype: "float32",
  otherDtype: "float32",
  callDefaultsJson: "{}",
  loras: [],
});

test("an id is the head of a sha256 over sorted JSON, so it can be checked by hand", () => {
  const generation =
    '{"frames":9,"guidance_scale":1,"height":64,"negative_prompt":"","prompt":"a red circle","sampler":"euler",' +
    '"seed":0,"sigmas":[1,0.5],"solver_state":"float32","true_cfg_scale":3,"width":64}';
  const text = JSON.stringify({
    format: 1,
    generation,
    model: {
      call_defaults: "{}",
      family: "hunyuan_video",
      fingerprint: "sha256:0123",
      other_dtype: "float32",
      pipeline: "HunyuanVideoPipeline",
      transformer_dtype: "float32",
    },
  });
  expect(cellId(cell, model)).toBe(`c${createHash("sha256").update(text).digest("hex").slice(0, 12)}`);
});

test("ids begin with a letter: cells 25783671e606 and 30001e375199 are no numbers", () => {
  const tiny = Model.fromPartial({
    ...model,
    fingerprint: "sha256:89ba6ce9edda1a769d358be3",
    callDefaultsJson: '{"max_sequence_length": 16}',
  });
  const base = { prompt: "a red circle", height: 64, width: 64, frames: 1, steps: 1, schedule: "shift:7" };
  const { cells } = expand({ name: "ids", base, grid: { seed: [79728, 62143] } });
  const ids = cells.map((one) => cellId(one, tiny));
  // Without the letter, pandas, polars and DuckDB read both from a CSV as infinity.
  expect(ids).toEqual(["c25783671e606", "c30001e375199"]);
  for (const id of [...ids, ...cells.map(provisionalId)]) {
    expect(id).toMatch(/^[a-z][0-9a-f]{12}$/);
    expect(Number(id)).toBeNaN();
  }
});

test("an id without the letter, of an earlier record, is of the same cell", () => {
  expect(sameId("25783671e606", "c25783671e606")).toBe(true);
  expect(sameId("25783671e606", "25783671e606")).toBe(true);
  expect(sameId("25783671e606", "c30001e375199")).toBe(false);
  // An old id may begin with a c of its own.
  expect(sameId("c5783671e606", "5783671e606")).toBe(false);
  expect(tabularId("25783671e606")).toBe("c25783671e606");
  expect(tabularId("c5783671e606")).toBe("cc5783671e606");
  expect(tabularId("c25783671e606")).toBe("c25783671e606");
});

test.each<[string, Partial<Cell>]>([
  ["prompt", { prompt: "a blue circle" }],
  ["negative prompt under true CFG", { negative_prompt: "dark" }],
  ["true CFG", { true_cfg_scale: 6 }],
  ["embedded guidance", { guidance_scale: 6 }],
  ["size", { height: 96 }],
  ["frames", { frames: 5 }],
  ["seed", { seed: 1 }],
  ["sampler", { sampler: "heun" }],
  ["solver state", { solver_state: "stock" }],
  ["sigmas", { sigmas: [1, 0.25] }],
])("another %s is another cell", (_, change) => {
  expect(cellId({ ...cell, ...change }, model)).not.toBe(cellId(cell, model));
});

test.each<[string, Partial<Model>]>([
  ["weights", { fingerprint: "sha256:4567" }],
  ["transformer dtype", { transformerDtype: "bfloat16" }],
  ["encoder dtype", { otherDtype: "float16" }],
  ["call defaults", { callDefaultsJson: '{"max_sequence_length":16}' }],
])("another model's %s is another cell", (_, change) => {
  expect(cellId(cell, { ...model, ...change })).not.toBe(cellId(cell, model));
});

test("names change nothing: of the schedule, of the model, or a negative prompt that nothing reads", () => {
  expect(cellId({ ...cell, schedule: "shift:1", shift: null }, model)).toBe(cellId(cell, model));
  expect(cellId(cell, { ...model, id: "elsewhere/tiny", weights: Weights.WEIGHTS_BUNDLED })).toBe(cellId(cell, model));
  const plain = { ...cell, true_cfg_scale: 1 };
  expect(cellId({ ...plain, negative_prompt: "dark" }, model)).toBe(cellId({ ...plain, negative_prompt: null }, model));
});

test("canonical JSON does not depend on the order of keys, and reads back", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const reversed = JSON.parse(JSON.stringify(value), (_, inner) =>
        typeof inner === "object" && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).reverse())
          : inner,
      );
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
