import { expect, test } from "vitest";
import { meanAbsTable, stepTables, stepTableText } from "../../src/report/table.ts";
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

test("a table has the mean absolute values and the three relative L1, in 80 columns", () => {
  const [one] = stepTables(syntheticRecord([syntheticCell({ steps: 4 })]), undefined);
  if (one === undefined) throw new Error("no table");
  const [heading, over, names, ...lines] = stepTableText(one);
  expect(heading).toMatch(/^# cell0000: /);
  expect(over).toMatch(/mean \|x\| .*relative L1$/);
  expect(names?.trim().split(/\s+/)).toEqual("step timestep in cond cfg out latent cond cfg".split(" "));
  const { latent_rel_l1, cond_rel_l1, cfg_rel_l1 } = one.rows[1] ?? {};
  const shown = lines.map((line) => line.trim().split(/\s+/));
  expect(shown[0]?.slice(-2)).toEqual(["–", "–"]);
  expect(shown[1]?.slice(0, 3).map(Number)).toEqual([1, 750, 0.61875]);
  for (const [text, value] of [latent_rel_l1, cond_rel_l1, cfg_rel_l1].map(
    (value, i) => [shown[1]?.[6 + i], value] as const,
  ))
    expect(Number(text)).toBeCloseTo(value ?? Number.NaN, 3);
  expect(new Set([over, names, ...lines].map((line) => line?.length)).size).toBe(1);
});

test("values of every magnitude fit 80 columns", () => {
  const [one] = stepTables(syntheticRecord([syntheticCell({ steps: 2 })]), undefined);
  const [row] = one?.rows ?? [];
  if (one === undefined || row === undefined) throw new Error("no table");
  const rows = [
    0,
    1e-7,
    0.000123456,
    0.123456789,
    12.3456789,
    12345.6789,
    1.5e8,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ].map((value) => ({
    ...row,
    step: 999,
    timestep: 999.9827,
    latent_in_abs_mean: value,
    cond_abs_mean: value,
    cfg_abs_mean: value,
    latent_out_abs_mean: value,
    latent_rel_l1: value,
    cond_rel_l1: value,
    cfg_rel_l1: value,
  }));
  for (const line of stepTableText({ ...one, rows }).slice(1)) expect(line.length, line).toBeLessThanOrEqual(80);
});
