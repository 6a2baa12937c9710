import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { readRecord } from "../../src/record/read.ts";
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
