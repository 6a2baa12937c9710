import { expect, test } from "vitest";
import { meanAbsTable } from "../../src/report/table.ts";
import { syntheticCell, syntheticRecord, withCell } from "../analysis/synthetic.ts";

const one = syntheticRecord([syntheticCell({ steps: 4 })]);

test("the table has six columns, one line per step", () => {
  const [heading, names, ...lines] = meanAbsTable(one, undefined);
  expect(heading).toBe("# cell0000: 4 steps · linear");
  expect(names?.trim().split(/\s+/)).toEqual([
    "step",
    "timestep",
    "latent_in_abs_mean",
    "cond_abs_mean",
    "cfg_abs_mean",
    "latent_out_abs_mean",
  ]);
  expect(lines.map((line) => line.trim().split(/\s+/).map(Number))).toEqual([
    [0, 1000, 0.8, 0.8, 0.9, 0.61875],
    [1, 750, 0.61875, 0.8, 0.9, 0.525],
    [2, 500, 0.525, 0.8, 0.9, 0.51875],
    [3, 250, 0.51875, 0.8, 0.9, 0.6],
  ]);
  expect(new Set([names, ...lines].map((line) => line?.length)).size).toBe(1);
});

test("without an id every finished cell has a table; with a prefix, that cell", () => {
  const record = withCell(syntheticRecord(), 1, { status: "failed", steps: [] });
  expect(meanAbsTable(record, undefined).filter((line) => line.startsWith("#"))).toHaveLength(3);
  const [heading] = meanAbsTable(record, "cell0003");
  expect(heading).toBe("# cell0003: 20 steps · shift:7");
});

test("a prefix of no cell or several is refused with the known ids", () => {
  expect(() => meanAbsTable(syntheticRecord(), "nope")).toThrow(
    /No finished cell's id begins with "nope".*\n {2}cell0000/,
  );
  expect(() => meanAbsTable(syntheticRecord(), "cell")).toThrow(/4 cells' ids begin/);
  const failed = withCell(one, 0, { status: "failed", steps: [] });
  expect(() => meanAbsTable(failed, undefined)).toThrow(/No cell of this sweep has finished/);
});
