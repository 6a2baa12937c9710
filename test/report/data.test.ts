import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columns, rows } from "../../src/analysis/row.ts";
import { Packing, packColumns, plainRows } from "../../src/report/data.ts";
import { syntheticCell, syntheticRecord, withCell, withStepsOf } from "../analysis/synthetic.ts";
import { unpacked } from "./unpacked.ts";

const value = fc.oneof(
  { weight: 4, arbitrary: fc.double() },
  { weight: 2, arbitrary: fc.float() },
  { weight: 1, arbitrary: fc.constant(null) },
);

function packed(values: readonly (number | string | null)[]) {
  const packing = new Packing(values.length);
  for (const one of values) packing.add(one);
  return packing.packed();
}

describe("a packed column", () => {
  test("of many rows gives back every value, bit by bit", () => {
    const many = fc.array(value, { minLength: plainRows + 1, maxLength: plainRows + 40 });
    fc.assert(
      fc.property(many, (values) => {
        const column = packed(values);
        expect(column.type).toMatch(/^float/);
        expect(unpacked(column, [{ rows: values.length }])).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });

  test("of few rows is plain, with non-finite numbers as strings", () => {
    expect(packed([1, null, Number.NaN, 0.1])).toEqual({ type: "by_row", values: [1, null, "NaN", 0.1] });
    expect(packed(["high", "low", null])).toEqual({ type: "by_row", values: ["high", "low", null] });
    expect(packed([2, 2, 2])).toEqual({ type: "constant", value: 2 });
  });

  test.each([
    ["one number", 3, { type: "constant", value: 3 }],
    ["nothing", null, { type: "constant", value: null }],
    ["one word", "low", { type: "constant", value: "low" }],
  ])("of many rows of %s stores it once", (_, one, column) => {
    expect(packed(Array(plainRows + 1).fill(one))).toEqual(column);
  });

  test("takes four bytes per number if all are float32 values, otherwise eight", () => {
    const whole = Array.from({ length: 3000 }, (_, i) => i / 4);
    expect(packed(whole)).toMatchObject({ type: "float32", base64: expect.stringMatching(/^.{16000}$/), missing: [] });
    expect(packed([...whole, 0.1])).toMatchObject({ type: "float64", base64: expect.stringMatching(/^.{32012}$/) });
    expect(packed([null, null, ...whole, null])).toMatchObject({
      type: "float32",
      missing: [
        [0, 2],
        [3002, 1],
      ],
    });
  });
});

test.each([4, 40])("all exported columns of %d cells read back as the rows", (count) => {
  const cells = Array.from({ length: count }, (_, seed) =>
    syntheticCell({ steps: 50, seed, ...(seed % 2 === 0 ? {} : { true_cfg_scale: 1, negative_prompt: null }) }),
  );
  const finished = withCell(syntheticRecord(cells, ["seed"]), 1, { status: "failed", steps: [] });
  const record = withStepsOf(finished, 2, (step) => ({ ...step, expert: "high" }));
  const table = packColumns(record, record.cells);
  const sizes = record.cells.map(({ status, steps }) => ({ rows: status === "finished" ? steps.length : 0 }));
  const read = columns.map((name) => unpacked(table[name], sizes));
  const expected = rows(record);
  for (const [i, name] of columns.entries()) expect(read[i], name).toEqual(expected.map((row) => row[name]));
});
