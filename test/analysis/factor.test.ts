import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { factors } from "../../src/analysis/factor.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import { quickstartCells, syntheticCell } from "./synthetic.ts";

const identified = (cells: readonly Cell[]) => cells.map((cell, i) => ({ cellId: `c${i}`, cell }));

describe("factors", () => {
  test("are what the experiment varies, in its order, with levels ascending", () => {
    const found = factors(identified(quickstartCells), ["schedule", "steps"]);
    expect(found.map(({ axes }) => axes)).toEqual([["schedule"], ["steps"]]);
    expect(found.map(({ levels }) => levels.map(({ text }) => text))).toEqual([
      ["linear", "shift:7"],
      ["10", "20"],
    ]);
    expect(found.every(({ ordered }) => ordered)).toBe(true);
  });

  test("join axes that vary together, as zip makes them", () => {
    const cells = [64, 80, 96].map((side) => syntheticCell({ height: side, width: side + 16 }));
    const [size, ...others] = factors(identified(cells), ["height", "width"]);
    expect(size?.axes).toEqual(["height", "width"]);
    expect(size?.levels.map(({ text }) => text)).toEqual(["64, 80", "80, 96", "96, 112"]);
    expect(others).toEqual([]);
  });

  test("absorb into the model the axes with a single value per model", () => {
    const cells = (["owner/b", "owner/a", "c"] as const).flatMap((model, i) =>
      [5, 10].map((steps) => syntheticCell({ model, steps, height: i === 0 ? 64 : 96, seed: i })),
    );
    const [first, second, ...others] = factors(identified(cells), ["model", "height", "seed", "steps"]);
    expect(first).toMatchObject({ axes: ["model", "height", "seed"], ordered: false });
    expect(first?.levels.map(({ text }) => text)).toEqual(["b", "a", "c"]);
    expect(second?.axes).toEqual(["steps"]);
    expect(others).toEqual([]);
  });

  test("put numbers in order whatever the experiment's order", () => {
    const cells = [20, 5, 10].map((steps) => syntheticCell({ steps }));
    expect(factors(identified(cells), ["steps"])[0]?.levels.map(({ text }) => text)).toEqual(["5", "10", "20"]);
  });

  test("have no order for seeds, or for schedules without a shift", () => {
    const seeds = [3, 1, 2].map((seed) => syntheticCell({ seed }));
    expect(factors(identified(seeds), ["seed"])[0]).toMatchObject({ ordered: false });
    expect(factors(identified(seeds), ["seed"])[0]?.levels.map(({ text }) => text)).toEqual(["3", "1", "2"]);
    const schedules = [syntheticCell(), syntheticCell({ schedule: "linear-quadratic", shift: null })];
    expect(factors(identified(schedules), ["schedule"])[0]).toMatchObject({ ordered: false });
  });

  test("put schedules in order by the one number in which they differ, and by no more than one", () => {
    const levels = (...specs: string[]) =>
      factors(identified(specs.map((schedule) => syntheticCell({ schedule, shift: null }))), ["schedule"])[0];
    const slopes = levels("cdf:softsign,s=7,terminal=3", "cdf:softsign,s=7,terminal=1.5");
    expect(slopes).toMatchObject({ ordered: true });
    expect(slopes?.levels.map(({ order }) => order)).toEqual([1.5, 3]);
    expect(levels("cdf:cauchy,s=7,terminal=3", "cdf:softsign,s=7,terminal=5")).toMatchObject({ ordered: false });
    expect(levels("cdf:sech,s=7", "cdf:student-t2,s=7")).toMatchObject({ ordered: false });
    expect(levels("beta:.6,.6", "beta:.5,.7")).toMatchObject({ ordered: false });
    expect(levels("sigmas:1,.5", "sigmas:1,.5,.2")).toMatchObject({ ordered: false });
  });

  test("are empty for one cell or equal cells", () => {
    expect(factors(identified([syntheticCell()]), ["steps"])).toEqual([]);
    expect(factors([], ["steps"])).toEqual([]);
  });

  test("give every cell exactly one level", () => {
    const cells = fc.array(
      fc.record({
        steps: fc.constantFrom(5, 10, 20),
        seed: fc.nat(2),
        prompt: fc.constantFrom("a", "b"),
        frames: fc.constantFrom(1, 5),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(cells, (changes) => {
        const list = identified(changes.map((change) => syntheticCell(change)));
        for (const { levels } of factors(list, ["steps", "seed"])) {
          expect(levels.flatMap((level) => level.cells).sort()).toEqual(list.map(({ cellId }) => cellId).sort());
          expect(new Set(levels.map(({ text }) => text)).size).toBe(levels.length);
        }
      }),
    );
  });
});
