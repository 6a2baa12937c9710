import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eachLine } from "../../src/record/files.ts";

async function linesOf(text: string): Promise<[string, number, boolean][]> {
  const file = join(await mkdtemp(join(tmpdir(), "l1probe-")), "lines");
  await writeFile(file, text);
  const heard: [string, number, boolean][] = [];
  await eachLine(file, (line, before, whole) => heard.push([line.toString("utf8"), before, whole]) > 0);
  return heard;
}

test("lines come in order, with the bytes before them and whether a newline ended them", async () => {
  expect(await linesOf("a\n\nσ=1\nrest")).toEqual([
    ["a", 0, true],
    ["", 2, true],
    ["σ=1", 3, true],
    ["rest", 8, false],
  ]);
  expect(await linesOf("a\n")).toEqual([["a", 0, true]]);
  expect(await linesOf("")).toEqual([]);
});

test("lines longer than the buffer, or across its border, stay whole", async () => {
  const megabyte = 2 ** 20;
  const lines = ["a".repeat(3 * megabyte + 5), "b".repeat(megabyte - 1), "c".repeat(megabyte), "d"];
  const heard = await linesOf(`${lines.join("\n")}\n`);
  expect(heard.map(([line]) => line.length)).toEqual(lines.map((line) => line.length));
  expect(heard.map(([line]) => line[0])).toEqual(["a", "b", "c", "d"]);
});

test("a reader that returns false is not called again", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "l1probe-")), "lines");
  await writeFile(file, "a\nb\nc\n");
  const heard: string[] = [];
  await eachLine(file, (line) => {
    heard.push(line.toString("utf8"));
    return heard.length < 2;
  });
  expect(heard).toEqual(["a", "b"]);
});
