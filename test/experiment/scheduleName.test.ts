import { expect, test } from "vitest";
import { cellLabel } from "../../src/experiment/cell.ts";
import { expand } from "../../src/experiment/expand.ts";
import { generation } from "../../src/experiment/identity.ts";
import { labels } from "../../src/figure/label.ts";

const base = { prompt: "x", height: 64, width: 64, frames: 1, steps: 2 };

test("a named schedule has its name in labels and legends, and its spec in the cell", () => {
  const schedule = [{ name: "ours", schedule: "shift:7" }, { name: "list", sigmas: [1, 0.4] }, "linear"];
  const { cells, axes } = expand({ name: "a", base, grid: { schedule } });
  expect(cells.map((cell) => cellLabel(cell, axes))).toEqual(["schedule=ours", "schedule=list", "schedule=linear"]);
  expect(cells.map(({ schedule }) => schedule)).toEqual(["shift:7", expect.stringMatching(/^sigmas:/), "linear"]);
  const legend = labels(
    cells.map((cell, i) => ({ cell, cellId: `c${i}` })),
    axes,
  );
  expect(legend).toEqual(["ours", "list", "linear"]);
});

test("a name changes no generation: the same schedule under two names is one cell", () => {
  const [named] = expand({ name: "a", base: { ...base, schedule: { name: "ours", schedule: "shift:7" } } }).cells;
  const [plain] = expand({ name: "a", base: { ...base, schedule: "shift:7" } }).cells;
  if (named === undefined || plain === undefined) throw new Error("no cell");
  expect(generation(named)).toBe(generation(plain));
  const both = expand({ name: "a", base, grid: { schedule: [{ name: "ours", schedule: "shift:7" }, "shift:7"] } });
  expect([both.cells.length, both.cells[0]?.schedule_name]).toEqual([1, "ours"]);
});

test("a schedule with a name and no schedule is refused", () => {
  expect(() => expand({ name: "a", base: { ...base, schedule: { name: "ours" } } })).toThrow(/base\.schedule/);
  expect(() => expand({ name: "a", base: { ...base, schedule: { name: "", schedule: "linear" } } })).toThrow(
    /base\.schedule/,
  );
});
