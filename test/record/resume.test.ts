import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import type { Cell } from "../../src/experiment/cell.ts";
import { provisionalId } from "../../src/experiment/identity.ts";
import { cellChanges, cellsIn } from "../../src/record/differences.ts";
import { readRecord } from "../../src/record/read.ts";
import type { Manifest } from "../../src/record/record.ts";
import { type Extension, extended, reopenRecord } from "../../src/record/resume.ts";
import { openRecord } from "./opened.ts";
import { manifestOf, provenance, run } from "./sample.ts";

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "deep", "sweep");
});

const manifest = manifestOf([0, 1]);
const { model } = provenance;
if (model === undefined) throw new Error("the sample lacks a model");

test("a manifest reads back as it was written", async () => {
  (await openRecord(directory, manifest)).close();
  expect((await readRecord(directory)).manifest).toEqual(manifest);
  expect((await readdir(directory)).sort()).toEqual(["journal.jsonl", "manifest.json"]);
});

test("the same sweep resumes, and keeps its first manifest", async () => {
  const opened = await openRecord(directory, manifest);
  for (const cell of manifest.cells.slice(0, 1))
    for (const entry of run(cell, "r", { end: "finished" })) opened.journal.append(entry);
  opened.close();
  const again = await openRecord(directory, { ...manifestOf([1, 0]), created: "later", command: "another" });
  expect(again.record.manifest).toEqual(manifest);
  expect(again.record.cells.map(({ status }) => status)).toEqual(["finished", "missing"]);
  again.close();
});

test.each([
  [
    "cells that are not recorded",
    manifestOf([0, 1, 2]),
    /holds another experiment: \+ seed 2\. 2 of 3 cells are the same; add --extend to run the other 1/,
  ],
  [
    "cells that are gone",
    manifestOf([0]),
    /holds another experiment: - seed 1\. 1 of 1 cells are the same; add --extend to have only these, without running any/,
  ],
  [
    "other steps",
    manifestOf([0, 1], 3),
    /holds another experiment: steps 2 → 3\. No cell is the same; add --extend to run these 2 there/,
  ],
  [
    "other weights",
    manifestOf([0, 1], 2, { ...provenance, model: { ...model, id: "large", fingerprint: "sha256:4567" } }),
    /its model tiny has fingerprint sha256:0123, the server's large has sha256:4567/,
  ],
])("another sweep in the directory is refused with the differences: %s", async (_, asked, message) => {
  (await openRecord(directory, manifest)).close();
  const before = await readFile(join(directory, "manifest.json"), "utf8");
  await expect(openRecord(directory, asked)).rejects.toThrow(message);
  expect(await readFile(join(directory, "manifest.json"), "utf8")).toBe(before);
  (await openRecord(directory, manifest)).close();
});

test("another device, or another name for the same model, resumes", async () => {
  (await openRecord(directory, manifest)).close();
  const elsewhere = {
    ...provenance,
    device: { kind: "cuda", name: "a GPU", memoryBytes: 1n },
    model: { ...model, id: "copy" },
  };
  (await openRecord(directory, manifestOf([0, 1], 2, elsewhere))).close();
});

test("a directory in which a sweep runs is refused to a second one", async () => {
  const opened = await openRecord(directory, manifest);
  await expect(openRecord(directory, manifest)).rejects.toMatchObject({
    kind: "input",
    message: expect.stringMatching(new RegExp(`process ${process.pid} on ${hostname()} is writing this sweep`)),
  });
  opened.close();
  (await openRecord(directory, manifest)).close();
});

test.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, born: null }],
  ["a process whose pid was reused", { pid: process.pid, born: "1" }],
])("a lock of %s is taken over", async (_, holder) => {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "sweep.lock"), JSON.stringify({ ...holder, host: hostname() }));
  (await openRecord(directory, manifest)).close();
  expect(existsSync(join(directory, "sweep.lock"))).toBe(false);
});

test("a lock of another machine, or one that cannot be read, is not taken over", async () => {
  await mkdir(directory, { recursive: true });
  for (const text of [JSON.stringify({ pid: 2 ** 22 + 1, host: "elsewhere", born: null }), ""]) {
    await writeFile(join(directory, "sweep.lock"), text);
    await expect(openRecord(directory, manifest)).rejects.toThrow(/is writing this sweep; .* delete the file/);
  }
});

test("a journal without its manifest is refused", async () => {
  const opened = await openRecord(directory, manifest);
  for (const cell of manifest.cells) for (const entry of run(cell, "r")) opened.journal.append(entry);
  opened.close();
  const other = join(directory, "other");
  await mkdir(other);
  await writeFile(join(other, "journal.jsonl"), await readFile(join(directory, "journal.jsonl")));
  await expect(openRecord(other, manifest)).rejects.toThrow(/holds a journal\.jsonl and no manifest\.json/);
});

test("a manifest of another format is refused, not guessed at", async () => {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "manifest.json"), '{"format": 2}');
  await expect(readRecord(directory)).rejects.toMatchObject({
    kind: "input",
    message: expect.stringContaining("manifest.json is not"),
  });
});

const by = ({ name, axes, cells }: Manifest): Extension => ({
  name,
  axes,
  cells: cells.map(({ cell }) => cell),
  experiment: { text: "name: another\n", file: "another.yaml", profile: null },
  command: "another command",
  time: "2026-02-03T04:05:06.789Z",
});

const ids = (cells: readonly { readonly cellId: string }[] = []) => cells.map(({ cellId }) => cellId);

test("an extended manifest keeps the ids of shared cells, sets the others aside, and says what it replaced", () => {
  const recorded = manifestOf([0, 1]);
  const manifest = extended(recorded, by(manifestOf([2, 1])));
  expect(ids(manifest.cells)).toEqual(ids(manifestOf([2, 1]).cells));
  expect(ids(manifest.former)).toEqual(ids(manifestOf([0]).cells));
  expect(manifest.created).toBe(recorded.created);
  expect(manifest.extended).toEqual([
    { time: "2026-02-03T04:05:06.789Z", name: "sample", experiment: recorded.experiment, command: recorded.command },
  ]);
  const back = extended(manifest, by(manifestOf([0])));
  expect(ids(back.cells)).toEqual(ids(manifestOf([0]).cells));
  expect(new Set(ids(back.former))).toEqual(new Set(ids(manifestOf([1, 2]).cells)));
});

test("rows of former cells return with an experiment that has them again, and nothing is written before commit", async () => {
  const directory = await mkdtemp(join(tmpdir(), "l1probe-"));
  const first = manifestOf([0, 1]);
  const opened = await openRecord(directory, first);
  for (const cell of first.cells)
    for (const entry of run(cell, cell.cellId, { end: "finished" })) opened.journal.append(entry);
  opened.close();
  const before = await readFile(join(directory, "manifest.json"), "utf8");
  const whole = rows(await readRecord(directory));

  const second = manifestOf([1, 2]);
  const grown = await reopenRecord(directory, cellsIn(second), by(second));
  expect(grown?.record.cells.map(({ status }) => status)).toEqual(["finished", "missing"]);
  expect(await readFile(join(directory, "manifest.json"), "utf8")).toBe(before);
  await grown?.commit();
  grown?.close();
  expect(rows(await readRecord(directory))).toEqual(whole.filter(({ seed }) => seed === 1));

  const third = await reopenRecord(directory, cellsIn(first), by(first));
  await third?.commit();
  third?.close();
  expect(rows(await readRecord(directory))).toEqual(whole);
});

const named = (manifest: Manifest, model: string): Manifest => {
  const cells = manifest.cells.map(({ cell }) => ({ ...cell, model }));
  return { ...manifest, cells: cells.map((cell) => ({ cell, cellId: provisionalId(cell) })) };
};

test("an experiment that names models does not extend one that names none", () => {
  expect(() => extended(manifestOf([0]), by(named(manifestOf([0]), "a")))).toThrow(/names models .*--reuse/);
  expect(() => extended(named(manifestOf([0]), "a"), by(manifestOf([0])))).toThrow(/names no model .*--reuse/);
});

test("a new model's cells have provisional ids until it is resolved", () => {
  const manifest = extended(named(manifestOf([0]), "a"), by(named(manifestOf([0]), "b")));
  expect(ids(manifest.cells)).toEqual(ids(named(manifestOf([0]), "b").cells));
});

test.each([
  ["one value for another", [0, 1], [0, 2], ["seed 1 → 2"], { shared: 1, gone: 1, added: 1 }],
  ["more values", [0], [0, 1, 2], ["+ seed 1, 2"], { shared: 1, gone: 0, added: 2 }],
  [
    "many values",
    [0],
    [1, 2, 3, 4, 5, 6],
    ["+ seed 1, 2, 3, 4 and 2 more", "- seed 0"],
    { shared: 0, gone: 1, added: 6 },
  ],
  ["another order", [0, 1], [1, 0], [], { shared: 2, gone: 0, added: 0 }],
] as const)("%s is named as a change", (_, before, after, words, counts) => {
  expect(cellChanges(cellsIn(manifestOf(before)), cellsIn(manifestOf(after)))).toEqual({ words, ...counts });
});

test("values in other combinations are named by a cell", () => {
  const [a, b] = [manifestOf([0, 1], 2), manifestOf([0, 1], 3)].map((manifest) => cellsIn(manifest).cells);
  const axes = ["steps", "seed"];
  const some = (...cells: Cell[]) => ({ axes, cells });
  if (a?.[0] === undefined || a[1] === undefined || b?.[0] === undefined || b[1] === undefined) throw new Error();
  expect(cellChanges(some(a[0], b[1]), some(a[1], b[0])).words).toEqual([
    "+ steps=2, seed=1 and 1 more",
    "- steps=2, seed=0 and 1 more",
  ]);
});

test("a schedule's name changes no cell, and resuming with another one writes it down", async () => {
  const directory = await mkdtemp(join(tmpdir(), "l1probe-"));
  const manifest = manifestOf([0]);
  (await openRecord(directory, manifest)).close();
  const { axes, cells } = cellsIn(manifest);
  const requested = { axes, cells: cells.map((cell) => ({ ...cell, schedule_name: "ours" })) };
  const opened = await reopenRecord(directory, requested);
  expect([opened?.extension, opened?.record.cells[0]?.cellId]).toEqual([null, manifest.cells[0]?.cellId]);
  await opened?.commit();
  opened?.close();
  const named = await readRecord(directory);
  expect(named.cells[0]?.cell).toMatchObject({ schedule: "shift:7", schedule_name: "ours" });
  const back = await reopenRecord(directory, { axes, cells });
  await back?.commit();
  back?.close();
  expect((await readRecord(directory)).manifest).toEqual(manifest);
});
