import { expect, test } from "vitest";
import { Evaluations } from "../../src/record/evaluations.ts";
import { mergeRecords } from "../../src/record/merge.ts";
import { CellsOf } from "../../src/record/read.ts";
import type { Manifest } from "../../src/record/record.ts";
import { manifestOf, provenance, run } from "./sample.ts";

/** A record of whose cells the first `finished` have finished. */
function recordOf(manifest: Manifest, directory: string, finished = manifest.cells.length) {
  const known = new CellsOf(manifest, "journal");
  const evaluations = new Evaluations();
  for (const cell of manifest.cells.slice(0, finished)) {
    for (const [line, entry] of run(cell, directory + cell.cellId, { end: "finished" }).entries())
      known.take(entry.event === "step" ? { ...entry, body: evaluations.add(entry.body) } : entry, line + 1);
  }
  return { directory, record: { manifest, cells: known.cells, warnings: [] } };
}

test("cells of several records come once, with the axes on which any two differ", () => {
  const { record, directoryOf } = mergeRecords([
    recordOf(manifestOf([0, 1]), "a"),
    recordOf(manifestOf([1, 2]), "b"),
    recordOf(manifestOf([2], 3), "c"),
  ]);
  expect(record.cells.map(({ cell }) => [cell.seed, cell.steps])).toEqual([
    [0, 2],
    [1, 2],
    [2, 2],
    [2, 3],
  ]);
  expect(record.cells.map(({ cellId }) => directoryOf(cellId))).toEqual(["a", "a", "b", "c"]);
  expect(record.manifest.axes).toEqual(["seed", "steps"]);
  expect(record.cells.every(({ cell }) => cell.model === null)).toBe(true);
});

test("a cell that did not finish in one record is taken from another", () => {
  const { record, directoryOf } = mergeRecords([recordOf(manifestOf([0, 1]), "a", 1), recordOf(manifestOf([1]), "b")]);
  expect(record.cells.map(({ status }) => status)).toEqual(["finished", "finished"]);
  expect(record.cells.map(({ cellId }) => directoryOf(cellId))).toEqual(["a", "b"]);
});

test("records of two models are told apart by the models' names", () => {
  const { model } = provenance;
  const other = (id: string) =>
    ({ ...provenance, model: { ...model, id, fingerprint: "sha256:4567" } }) as typeof provenance;
  const [large, again] = [other("large"), other("tiny")].map((one) =>
    mergeRecords([recordOf(manifestOf([0]), "a"), recordOf(manifestOf([0], 2, one), "b")]),
  );
  expect(large?.record.cells.map(({ cell }) => cell.model)).toEqual(["tiny", "large"]);
  expect(large?.record.manifest.axes).toEqual(["model"]);
  expect(large?.record.manifest.models.large?.model?.fingerprint).toBe("sha256:4567");
  expect(again?.record.cells.map(({ cell }) => cell.model)).toEqual(["tiny (a)", "tiny (b)"]);
});
