import { expect, test } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { expertSwitches, expertsText } from "../../src/analysis/summary.ts";
import type { CellRecord } from "../../src/record/record.ts";
import { syntheticCell, syntheticRecord, withCell, withSteps } from "./synthetic.ts";

const record = syntheticRecord([syntheticCell({ steps: 4 })]);
function withExperts(...experts: string[]): CellRecord {
  const [cell] = record.cells;
  if (cell === undefined) throw new Error("the sample lacks a cell");
  return withSteps(cell, (step, i) => ({ ...step, expert: experts[i] ?? "" }));
}

test("a model with one transformer has no experts, and the column is empty", () => {
  const cell = withExperts();
  expect(expertSwitches(cell)).toEqual([]);
  expect(expertsText(cell)).toBeNull();
  expect(rows(record).map(({ expert }) => expert)).toEqual([null, null, null, null]);
});

test("a switch is at the first step of the new expert", () => {
  const cell = withExperts("high", "high", "low", "low");
  expect(expertSwitches(cell)).toEqual([{ from: "high", to: "low", step: 2, timestep: 500 }]);
  expect(expertsText(cell)).toBe("high, low from step 2");
  expect(rows(withCell(record, 0, cell)).map(({ expert }) => expert)).toEqual(["high", "high", "low", "low"]);
});

test("a single expert is named alone", () => {
  expect(expertsText(withExperts("high", "high", "high", "high"))).toBe("high");
});
