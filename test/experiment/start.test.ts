import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { storedCell } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { checkFit } from "../../src/experiment/fit.ts";
import { cellId, generation } from "../../src/experiment/identity.ts";
import { readSafetensors } from "../../src/experiment/safetensors.ts";
import { firstStepKey, wireCell } from "../../src/experiment/wireCell.ts";
import { DescribeResponse, Model, StartKind } from "../../src/generated/l1probe/v1/probe.ts";
import { float32, safetensors } from "./latents.ts";
import { picture } from "./pictures.ts";

const shape = [1, 2, 3, 3, 5];
const latents = float32(shape);
const state = float32(shape, 2);
const sigmas = JSON.stringify({ "state.0012": 0.5, latents: 0 });
const files = new Map<string, Uint8Array>([
  ["kept.safetensors", safetensors({ latents, "state.0012": state }, { sigmas })],
  ["copy.safetensors", safetensors({ other: state, latents })],
  ["wide.safetensors", safetensors({ latents: { ...latents, dtype: "F64" } })],
  ["torn.safetensors", safetensors({ latents }).subarray(0, -4)],
  ["lying.safetensors", safetensors({ latents: { ...latents, shape: [1, 2] } })],
  ["red.png", picture],
  ["notes.txt", Buffer.from("no latents, but long enough")],
]);
const readBytes = (path: string) => {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error("there is no such file");
  return bytes;
};
const base = { prompt: "a red circle", height: 24, width: 40, frames: 9, schedule: { sigmas: [0.5, 0.25] } };
const expanded = (init: unknown, more: object = {}) =>
  expand({ name: "a", base: { ...base, init, ...more } }, { ports: { readBytes } });
const only = (init: unknown, more: object = {}) => {
  const [cell] = expanded(init, more).cells;
  if (cell === undefined) throw new Error("there is no cell");
  return cell;
};
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const kept = { file: "kept.safetensors", key: "state.0012", noise: false };

test("a cell names its start and identifies the tensor's own bytes, and the expansion has them once", () => {
  const { cells, starts } = expand(
    { name: "a", base, grid: { init: ["kept.safetensors", kept, null], seed: [0, 1] } },
    { ports: { readBytes } },
  );
  const common = { kind: "latents", bytes: 360, shape, dtype: "F32" };
  expect(cells.map(({ init, start }) => [init, start]).filter((_, i) => i % 2 === 0)).toEqual([
    ["kept.safetensors", { ...common, sha256: sha256(latents.data), noised: true }],
    ["kept.safetensors#state.0012 (no noise)", { ...common, sha256: sha256(state.data), noised: false }],
    [null, null],
  ]);
  expect(
    [...starts].map(([sha, { bytes, sigma }]) => [sha, Buffer.from(bytes).equals(Buffer.from(latents.data)), sigma]),
  ).toEqual([
    [sha256(latents.data), true, 0],
    [sha256(state.data), false, 0.5],
  ]);
});

test("FILE#KEY is the same start as the long form, and so is the same tensor in another file", () => {
  const model = Model.fromPartial({ fingerprint: "sha256:0123" });
  const id = (init: unknown) => cellId(only(init), model);
  expect(id("kept.safetensors#state.0012")).toBe(id({ file: "kept.safetensors", key: "state.0012" }));
  expect(id("copy.safetensors#other")).toBe(id({ ...kept, noise: true }));
  expect(new Set([null, "kept.safetensors", kept, { ...kept, noise: true }].map(id)).size).toBe(4);
  // Ids of cells that start from noise are those of earlier versions.
  expect(generation(only(null))).not.toMatch(/init|start/);
});

test("the wire has the tensor's bytes, and the first-step key is of its hash, not of its bytes", () => {
  const cell = only(kept);
  const { start } = wireCell("id", cell, undefined, state.data);
  expect(start).toEqual({
    kind: StartKind.START_KIND_LATENTS,
    sha256: Buffer.from(sha256(state.data), "hex"),
    data: Buffer.from(state.data),
    shape,
    dtype: "F32",
    noised: false,
  });
  expect(firstStepKey(cell)).toBe(firstStepKey({ ...cell, init: "elsewhere" }));
  expect(firstStepKey(cell)).not.toBe(firstStepKey(only({ ...kept, noise: true })));
  expect(firstStepKey(cell)).not.toBe(firstStepKey(only(null)));
});

test("a manifest of an earlier version has no start, and one of this version is read as it was written", () => {
  const cell = only(kept);
  expect(storedCell.parse(JSON.parse(JSON.stringify(cell)))).toEqual(cell);
  const { init: _init, start: _start, ...before } = only(null);
  expect(storedCell.parse(before)).toEqual(only(null));
});

test("a first sigma below 1 is what a start is for, and at 1 it is noted", () => {
  expect(expanded("kept.safetensors").notes).toEqual([]);
  expect(expanded(kept).notes).toEqual([]);
  expect(expanded(null).notes).toHaveLength(1);
  expect(expanded("kept.safetensors", { schedule: "linear", steps: 2 }).notes).toEqual([
    expect.stringMatching(/^init kept\.safetensors, linear: /),
  ]);
  expect(expanded({ file: "kept.safetensors", noise: false }).notes).toHaveLength(1);
});

test.each([
  [
    "is not there",
    "gone.safetensors",
    /^base\.init is gone\.safetensors, which cannot be read: there is no such file\.$/,
  ],
  ["is no latent", "notes.txt", /^base\.init is notes\.txt, which is no safetensors file/],
  [
    "has another key",
    "kept.safetensors#state.0013",
    /no whole tensor state\.0013 .*state\.0012\?.* it has latents, state\.0012\.$/,
  ],
  ["is cut", "torn.safetensors", /no whole tensor latents/],
  ["is of another dtype", "wide.safetensors", /F64; latents are F32, F16, BF16/],
  ["does not say its size", "lying.safetensors", /360 bytes .* 1×2 of F32 are 8\.$/],
  ["is an image with a key", "red.png#latents", /has no keys/],
  ["is an image for a clip", "red.png", /the cell has 9 frames/],
])("a start that %s is refused with its place", (_, init, message) => {
  expect(() => expanded(init)).toThrow(message);
});

test("an image starts a cell of one frame of its size", () => {
  expect(only("red.png", { frames: 1 }).start).toMatchObject({ kind: "image", sha256: sha256(picture), shape: [] });
  expect(() => only("red.png", { frames: 1, height: 48 })).toThrow(/24×40, but the cell is 48×40/);
});

const startRules = {
  axes: [
    { times: 1 },
    { times: 2 },
    { times: 1, frames: true },
    { times: 1, heightDivisor: 8 },
    { times: 1, widthDivisor: 8 },
  ],
  framesDivisor: 4,
  framesMultiple: 1,
  pixelsRefused: "no encoder",
  maxBytes: 1000n,
};

test.each<[string, object | undefined, unknown, object, RegExp | null]>([
  ["fits", startRules, "kept.safetensors", {}, null],
  [
    "is for another size",
    startRules,
    "kept.safetensors",
    { frames: 13 },
    /shape 1×2×3×3×5, but 13 frames of 24×40 have latents of 1×2×4×3×5\.$/,
  ],
  [
    "is too long",
    { ...startRules, maxBytes: 359n },
    "kept.safetensors",
    {},
    /360 bytes, and the server accepts at most 359/,
  ],
  [
    "is for a model that takes none",
    { latentsRefused: "reason" },
    "kept.safetensors",
    {},
    /base\.init: init is kept\.safetensors; /,
  ],
  ["is for an older server", undefined, "kept.safetensors", {}, /pure noise only/],
  ["is an image for a model without an encoder", startRules, "red.png", { frames: 1 }, /no encoder/],
])("a start that %s is checked against the server", (_, rules, init, more, message) => {
  const check = () => checkFit(expanded(init, more), DescribeResponse.fromPartial(rules ? { startRules: rules } : {}));
  if (message === null) expect(check).not.toThrow();
  else expect(check).toThrow(message);
});

test("bytes that are no safetensors file are refused, and reading never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 0, max: 60 }), (bytes, cut) => {
      const head = files.get("kept.safetensors")?.subarray(0, cut) ?? new Uint8Array();
      expect(() => readSafetensors(new Uint8Array([...head, ...bytes]))?.tensor("latents")).not.toThrow();
    }),
  );
});
