import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell } from "../../src/experiment/cell.ts";
import { batches } from "../../src/experiment/estimate.ts";
import { expand } from "../../src/experiment/expand.ts";
import { forwardsOf, runOrder, sharedEvaluations } from "../../src/experiment/workload.ts";

const base = {
  prompt: "x",
  negative_prompt: "",
  true_cfg_scale: 1,
  height: 64,
  width: 64,
  frames: 9,
  steps: 4,
  schedule: "linear",
};
const cellsOf = (grid: object) => expand({ name: "a", base, grid }).cells;

/** Items of an experiment whose cells differ in shape, guidance, length and first step, in any order. */
const items = fc
  .shuffledSubarray(
    cellsOf({ frames: [5, 9], height: [32, 64], true_cfg_scale: [1, 3], steps: [2, 4, 7], seed: [0, 1] }) as Cell[],
  )
  .map((cells) => cells.map((cell, place) => ({ cell, place })));
const concurrency = fc.integer({ min: 1, max: 5 });
const shape = ({ cell }: { cell: Cell }) =>
  [cell.frames, cell.height, cell.width, (cell.true_cfg_scale as number) > 1].join();

test("every cell occurs once", () => {
  fc.assert(
    fc.property(items, concurrency, (requested, k) => {
      const order = runOrder(requested, k);
      expect(order).toHaveLength(requested.length);
      expect(new Set(order)).toEqual(new Set(requested));
    }),
  );
});

test("cells of a shape are consecutive, and shapes keep the experiment's order", () => {
  fc.assert(
    fc.property(items, concurrency, (requested, k) => {
      const runs = runOrder(requested, k)
        .map(shape)
        .filter((key, i, all) => key !== all[i - 1]);
      expect(runs).toEqual([...new Set(requested.map(shape))]);
    }),
  );
});

test("with one cell at a time, a shape keeps the experiment's order", () => {
  fc.assert(
    fc.property(items, (requested) => {
      for (const key of requested.map(shape)) {
        const places = runOrder(requested, 1)
          .filter((item) => shape(item) === key)
          .map(({ place }) => place);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }
    }),
  );
});

test("with several at a time, cells of a shape with the same first step are consecutive, longest first, and ties keep their order", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 2, max: 5 }), (requested, k) => {
      const order = runOrder(requested, k);
      const beginnings = order.map((item) => `${shape(item)},${item.cell.seed}`);
      expect(beginnings.filter((key, i) => key !== beginnings[i - 1])).toHaveLength(new Set(beginnings).size);
      for (const [i, item] of order.entries()) {
        const before = order[i - 1];
        if (before === undefined || beginnings[i - 1] !== beginnings[i]) continue;
        expect(forwardsOf(before.cell)).toBeGreaterThanOrEqual(forwardsOf(item.cell));
        if (before.cell.steps === item.cell.steps) expect(before.place).toBeLessThan(item.place);
      }
    }),
  );
});

test("longest first keeps the batch full at the end: fewer forwards than in grid order", () => {
  const cells = cellsOf({ steps: [10, 20, 50], schedule: ["linear", "shift:3", "shift:7", "shift:17"] });
  const count = (order: readonly { cell: Cell }[]) =>
    [
      ...batches(
        order.map(({ cell }) => forwardsOf(cell)),
        8,
      ).values(),
    ].reduce((sum, forwards) => sum + forwards, 0);
  const requested = cells.map((cell) => ({ cell }));
  expect([count(requested), count(runOrder(requested, 8))]).toEqual([60, 50]);
});

test("every sample has a forward, none has more samples than the concurrency, and as many as possible are full", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 12 }), concurrency, (lengths, k) => {
      const found = batches(lengths, k);
      const rows = lengths.reduce((sum, length) => sum + length, 0);
      expect([...found].reduce((sum, [size, forwards]) => sum + size * forwards, 0)).toBe(rows);
      expect(Math.max(0, ...found.keys())).toBe(Math.min(k, lengths.filter((length) => length > 0).length));
      // Once the concurrency is not reached, what remains is no longer than the longest cell.
      const partial = [...found].filter(([size]) => size < k).reduce((sum, [, forwards]) => sum + forwards, 0);
      expect(partial).toBeLessThanOrEqual(Math.max(0, ...lengths));
    }),
  );
});

test("cells that differ only after the first step share it", () => {
  const shared = (grid: object) => sharedEvaluations(cellsOf(grid));
  expect(shared({ schedule: ["linear", "shift:7"], steps: [2, 4] })).toEqual([0, 1, 1, 1]);
  expect(shared({ sampler: ["euler", "heun"] })).toEqual([0, 1]);
  // Two forwards; the scale of true CFG acts after them.
  expect(shared({ true_cfg_scale: [1, 2, 3] })).toEqual([0, 0, 2]);
  for (const grid of [
    { seed: [0, 1] },
    { prompt: ["x", "y"] },
    { guidance_scale: [1, 6] },
    { frames: [5, 9] },
    { solver_state: ["float32", "stock"] },
    { schedule: [{ sigmas: [1, 0.5, 0.25, 0.1] }, { sigmas: [0.9, 0.5, 0.25, 0.1] }] },
  ]) {
    expect(shared(grid)).toEqual([0, 0]);
  }
});
