import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eachRow, rows } from "../../src/analysis/row.ts";
import { tabularId } from "../../src/experiment/identity.ts";
import { csv } from "../../src/export/text.ts";
import { eachLine } from "../../src/record/files.ts";
import { formatEntry, LineReader } from "../../src/record/journal.ts";
import { readRecord, readSteps } from "../../src/record/read.ts";
import { openRecord } from "./opened.ts";
import { run } from "./sample.ts";

const fixtures = new URL("fixtures/", import.meta.url).pathname;
const before = join(fixtures, "before");

async function golden(name: string, text: string): Promise<void> {
  const file = join(fixtures, name);
  if (process.env.UPDATE_GOLDEN) await writeFile(file, text);
  expect(text).toBe(await readFile(file, "utf8"));
}

/** The journal of the older record as this version writes it. */
async function rewritten(): Promise<string> {
  const reader = new LineReader();
  const lines: string[] = [];
  await eachLine(join(before, "journal.jsonl"), (line, _, whole) => {
    if (whole) lines.push(formatEntry(reader.readWhole(line)));
    return true;
  });
  return lines.join("");
}

test("a record of an older version is read and exported, its torn line dropped", async () => {
  const record = await readRecord(before);
  expect(record.cells.filter(({ status }) => status === "finished")).toHaveLength(2);
  expect(record.warnings).toEqual([expect.stringContaining("journal.jsonl:27 is torn")]);
  expect(rows(record)).toHaveLength(20);
  // Its ids are without the letter that keeps table readers from taking some for numbers.
  expect(record.cells[0]?.cellId).toBe("5ba9c5f29a5b");
  expect(rows(record)[0]?.cell_id).toBe("c5ba9c5f29a5b");
  await golden("rows.csv", [...csv(eachRow(record))].join(""));
});

test("its entries written by this version give the same rows and steps", async () => {
  await mkdir(join(fixtures, "values"), { recursive: true });
  await golden("values/journal.jsonl", await rewritten());
  await golden("values/manifest.json", await readFile(join(before, "manifest.json"), "utf8"));
  const [old, now] = await Promise.all([before, join(fixtures, "values")].map(readRecord));
  if (old === undefined || now === undefined) throw new Error("a record is missing");
  expect(rows(now)).toEqual(rows(old));
  const finished = old.cells.find(({ status }) => status === "finished")?.cellId ?? "";
  expect(await readSteps(join(fixtures, "values"), finished)).toEqual(await readSteps(before, finished));
});

test("it is resumed: new lines follow the old ones in one journal", async () => {
  const directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "sweep");
  await cp(before, directory, { recursive: true });
  const old = await readRecord(directory);
  const { journal, close } = await openRecord(directory, old.manifest);
  const missing = old.cells.filter(({ status }) => status !== "finished");
  expect(missing).toHaveLength(2);
  for (const cell of missing) for (const entry of run(cell, "new", { end: "finished" })) journal.append(entry);
  close();
  const record = await readRecord(directory);
  expect(record.warnings).toEqual([]);
  expect(record.cells.every(({ status }) => status === "finished")).toBe(true);
  expect(rows(record)).toHaveLength(60);
  const kept = new Set(old.cells.filter(({ status }) => status === "finished").map(({ cellId }) => tabularId(cellId)));
  expect(rows(record).filter(({ cell_id }) => kept.has(cell_id))).toEqual(rows(old));
});
