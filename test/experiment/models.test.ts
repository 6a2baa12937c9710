import { expect, test } from "vitest";
import { expand, modelsOf } from "../../src/experiment/expand.ts";
import { cellId, provisionalId } from "../../src/experiment/identity.ts";
import { Model } from "../../src/generated/l1probe/v1/probe.ts";

const base = { prompt: "a red circle", height: 64, width: 64, frames: 9, steps: 4, schedule: "linear" };

test("models are listed once, in the order in which cells first name them", () => {
  const { cells, axes } = expand({ name: "a", base, grid: { seed: [0, 1], model: ["b", "a"] } });
  expect(modelsOf(cells)).toEqual(["b", "a"]);
  expect(axes).toEqual(["seed", "model"]);
  expect(modelsOf(expand({ name: "a", base }).cells)).toEqual([null]);
});

test("the same generation on another model is another cell; a mix of cells with and without a model is refused", () => {
  expect(expand({ name: "a", base, grid: { model: ["b", "a", "b"] } }).cells).toHaveLength(2);
  expect(() => expand({ name: "a", base, grid: { model: ["b", null] } })).toThrow(
    /^grid\.model\[1\] is null, .*other cells name a model \(b\)/,
  );
  const named = { name: "a", base: { ...base, model: "b" }, profiles: { own: { model: null } } };
  expect(modelsOf(expand(named, { profile: "own" }).cells)).toEqual([null]);
});

test("a model's name is part of provisional ids only", () => {
  const [b, a] = expand({ name: "a", base, grid: { model: ["b", "a"] } }).cells;
  const [unnamed] = expand({ name: "a", base }).cells;
  if (!a || !b || !unnamed) throw new Error("a cell is missing");
  const model = Model.fromPartial({ fingerprint: "sha256:0123" });
  expect(cellId(a, model)).toBe(cellId(b, model));
  expect(cellId(a, model)).toBe(cellId(unnamed, model));
  expect(provisionalId(a)).not.toBe(provisionalId(b));
  expect(provisionalId(a)).toMatch(/^c[0-9a-f]{12}$/);
});
