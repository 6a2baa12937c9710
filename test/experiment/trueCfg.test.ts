import fc from "fast-check";
import { expect, test } from "vitest";
import { axes, type Cell, cellLabel } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { checkFit } from "../../src/experiment/fit.ts";
import { requestedGeneration } from "../../src/experiment/identity.ts";
import { scalesOf, scaleText, type TrueCfgScale } from "../../src/experiment/trueCfg.ts";
import { firstStepKey, wireCell } from "../../src/experiment/wireCell.ts";
import { forwardsOf, sharedEvaluations, workload } from "../../src/experiment/workload.ts";
import { DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";

const base = { prompt: "x", negative_prompt: "", height: 32, width: 32, frames: 5, steps: 10, schedule: "linear" };
const expanded = (change: object, grid: object = {}) => expand({ name: "a", base: { ...base, ...change }, grid });
const cellOf = (true_cfg_scale: TrueCfgScale, change: object = {}): Cell => {
  const [cell] = expanded({ true_cfg_scale, ...change }).cells;
  if (cell === undefined) throw new Error("no cell");
  return cell;
};

test("a window of sigmas holds both of its ends, as float32", () => {
  // 0.9 and 0.4 are sigmas of the schedule, which float32 moves to either side.
  expect(scalesOf(cellOf({ scale: 6, from: 0.9, to: 0.4 }))).toEqual([1, 6, 6, 6, 6, 6, 6, 1, 1, 1]);
  expect(scalesOf(cellOf({ scale: 6, from: 0.89, to: 0.41 }))).toEqual([1, 1, 6, 6, 6, 6, 1, 1, 1, 1]);
  expect(scalesOf(cellOf({ scale: 6, from: 1, to: 0 }))).toBe(6);
  expect(scalesOf(cellOf({ scale: 6, from: 0.5, to: 0.5 }))).toEqual([1, 1, 1, 1, 1, 6, 1, 1, 1, 1]);
});

test("a window of steps counts as diffusers' guiders do: int(start · N) ≤ step < int(stop · N)", () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(part, part, fc.integer({ min: 1, max: 30 }), (a, b, steps) => {
      fc.pre(a !== b);
      const [start, stop] = [Math.min(a, b), Math.max(a, b)];
      const scales = scalesOf(cellOf({ scale: 6, start, stop }, { steps }));
      const list = typeof scales === "number" ? Array(steps).fill(scales) : scales;
      const [first, end] = [Math.floor(start * steps), Math.floor(stop * steps)];
      expect(list).toEqual(Array.from({ length: steps }, (_, step) => (step >= first && step < end ? 6 : 1)));
    }),
  );
});

test("spellings of one generation are one cell, and the first one written stays in the record", () => {
  const list = [1, 6, 6, 6, 6, 6, 6, 1, 1, 1];
  const written = [6, Array(10).fill(6), { scale: 6, from: 1, to: 0 }, { scale: 6, start: 0, stop: 1 }];
  const { cells, repeats } = expanded({}, { true_cfg_scale: [...written, { scale: 6, from: 0.9, to: 0.4 }, list] });
  expect(cells.map(({ true_cfg_scale }) => true_cfg_scale)).toEqual([6, { scale: 6, from: 0.9, to: 0.4 }]);
  expect(repeats.map(({ as }) => as)).toContain("true_cfg_scale=6 at sigma 0.9…0.4");
  expect(requestedGeneration(cellOf({ transformer: 4, transformer_2: 4 }))).toBe(requestedGeneration(cellOf(4)));
  expect(requestedGeneration(cellOf({ transformer: 4, transformer_2: 3 }))).not.toBe(requestedGeneration(cellOf(4)));
  expect(requestedGeneration(cellOf(list))).not.toBe(requestedGeneration(cellOf([...list].reverse())));
});

test("one number is sent as before, steps and experts as lists", () => {
  const sent = (scale: TrueCfgScale) => {
    const { trueCfgScale, trueCfgScales, expertTrueCfgScales } = wireCell("id", cellOf(scale, { steps: 2 }));
    return [trueCfgScale, trueCfgScales, expertTrueCfgScales];
  };
  expect(sent(6)).toEqual([6, [], []]);
  expect(sent([6, 6])).toEqual([6, [], []]);
  expect(sent([6, 1])).toEqual([undefined, [6, 1], []]);
  expect(sent({ scale: 3, from: 0.5, to: 0 })).toEqual([undefined, [1, 3], []]);
  expect(sent({ transformer_2: 3, transformer: 4 })).toEqual([undefined, [], [4, 3]]);
});

test("first steps are shared if both have true CFG or neither ever has", () => {
  const scales = [6, [4, 1], [1, 1], 1, [1, 6], [1, 2], { transformer: 4, transformer_2: 3 }];
  const [six, four, none, , later, another, experts] = scales.map((scale) =>
    firstStepKey(cellOf(scale as TrueCfgScale, { steps: 2 })),
  );
  expect(four).toBe(six);
  expect(experts).toBe(six);
  expect(another).toBe(later);
  expect(new Set([six, none, later]).size).toBe(3);
  const { cells } = expanded({ steps: 2 }, { true_cfg_scale: [6, [4, 1], [1, 6], [1, 2]] });
  expect(sharedEvaluations(cells)).toEqual([0, 2, 0, 1]);
});

test("steps without true CFG cost one forward per evaluation", () => {
  expect(forwardsOf(cellOf(6))).toBe(20);
  expect(forwardsOf(cellOf({ scale: 6, from: 0.9, to: 0.4 }))).toBe(16);
  // Batched CFG computes both.
  expect(forwardsOf(cellOf({ scale: 6, from: 0.9, to: 0.4 }), false)).toBe(20);
  expect(forwardsOf(cellOf([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), false)).toBe(10);
  // Heun evaluates nine steps twice; six of them have true CFG.
  expect(forwardsOf(cellOf({ scale: 6, from: 0.9, to: 0.4 }, { sampler: "heun" }))).toBe(19 + 12);
  expect(forwardsOf(cellOf({ transformer: 4, transformer_2: 1 }))).toBe(20);
  expect(workload([cellOf(1), cellOf([6, ...Array(9).fill(1)])]).evaluations).toBe(21);
});

test("labels are short and tell different scales apart", () => {
  expect(scaleText([6, 6, 6, 4, 1, 1])).toBe("6×3 4 1×2");
  expect(scaleText({ scale: 6, from: 0.9, to: 0.4 })).toBe("6 at sigma 0.9…0.4");
  expect(scaleText({ scale: 6, start: 0, stop: 0.5 })).toBe("6 at 0…0.5 of steps");
  expect(scaleText({ transformer: 4, transformer_2: 3 })).toBe("transformer 4 transformer_2 3");
  const cells = [cellOf([6, 1], { steps: 2 }), cellOf([6, 1], { steps: 2, seed: 1 }), cellOf([1, 6], { steps: 2 })];
  expect(axes(cells.slice(0, 2), ["seed", "true_cfg_scale"])).toEqual(["seed"]);
  expect(axes(cells, ["true_cfg_scale"])).toEqual(["true_cfg_scale"]);
  expect(cells.map((cell) => cellLabel(cell, ["true_cfg_scale"]))).toEqual([
    "true_cfg_scale=6 1",
    "true_cfg_scale=6 1",
    "true_cfg_scale=1 6",
  ]);
});

test.each<[string, object, RegExp]>([
  ["a list of another length", { true_cfg_scale: [6, 1] }, /^base\.true_cfg_scale has 2 scales \(6 1\).* 10 steps/],
  ["a scale below 1", { true_cfg_scale: [6, 0.5] }, /^base\.true_cfg_scale\[1\] is 0\.5; .*at least 1/],
  ["no scale", { true_cfg_scale: [] }, /^base\.true_cfg_scale is \[\]; it must be/],
  ["a window upside down", { true_cfg_scale: { scale: 6, from: 0.4, to: 0.9 } }, /^base\.true_cfg_scale is \{/],
  ["an empty window of steps", { true_cfg_scale: { scale: 6, start: 0.5, stop: 0.5 } }, /^base\.true_cfg_scale is \{/],
  ["half a window", { true_cfg_scale: { scale: 6, from: 0.9 } }, /from: 0\.9, to: 0\.4/],
  ["one expert", { true_cfg_scale: { transformer: 4 } }, /transformer_2: 3/],
  [
    "a list without a negative prompt",
    { true_cfg_scale: Array(10).fill(2).with(0, 1), negative_prompt: null },
    /missing/,
  ],
])("%s is refused", (_, change, message) => {
  expect(() => expanded(change)).toThrow(message);
});

test("a list of scales is drawn, excluded and swept as one value", () => {
  const lists = [Array(10).fill(3).with(0, 1), Array(10).fill(5).with(0, 1)];
  const experiment = {
    name: "a",
    base,
    grid: { true_cfg_scale: [...lists, 2] },
    exclude: [{ true_cfg_scale: lists[0] }],
  };
  expect(expand(experiment).cells.map(({ true_cfg_scale }) => true_cfg_scale)).toEqual([lists[1], 2]);
  const random = { count: 20, seed: 0, draw: { true_cfg_scale: { choice: lists } } };
  expect(expand({ name: "a", base, random }).cells).toHaveLength(2);
});

test("a window that holds no step of a cell is noted", () => {
  const window = { scale: 6, from: 0.95, to: 0.92 };
  const { cells, notes } = expanded({ true_cfg_scale: window }, { steps: [10, 100] });
  expect(cells.map((cell) => forwardsOf(cell))).toEqual([10, 104]);
  expect(notes.filter((note) => note.includes("no step"))).toEqual([
    "true_cfg_scale 6 at sigma 0.95…0.92 holds no step of linear at 10 steps, which run without true CFG.",
  ]);
});

test.each<[string, TrueCfgScale, object, RegExp | null]>([
  ["a list", Array(10).fill(6).with(0, 1), { guidanceByStep: {} }, null],
  ["a list, where the server takes one number", Array(10).fill(6).with(0, 1), {}, /one number only/],
  ["equal scales, where the server takes one number", Array(10).fill(6), {}, null],
  [
    "experts",
    { transformer: 4, transformer_2: 3 },
    { guidanceByStep: {}, experts: ["transformer", "transformer_2"] },
    null,
  ],
  ["experts of a model without", { transformer: 4, transformer_2: 3 }, { guidanceByStep: {} }, /has no experts/],
  [
    "a list, where the model has no true CFG",
    Array(10).fill(6).with(0, 1),
    { guidanceByStep: {}, guidanceModes: { embedded: true, trueCfg: false } },
    /true_cfg_scale is 1 6×9; the model has no true CFG/,
  ],
])("%s is checked against the server", (_, scale, said, message) => {
  const server = DescribeResponse.fromPartial({ guidanceModes: { trueCfg: true }, ...said });
  const check = () => checkFit(expanded({ true_cfg_scale: scale }), server);
  if (message === null) check();
  else expect(check).toThrow(message);
});
