import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { eachLine } from "../../src/record/files.ts";
import { type Entry, formatEntry } from "../../src/record/journal.ts";
import { readSteps, readStepsOf } from "../../src/record/read.ts";
import { syntheticCell, syntheticSteps } from "../analysis/synthetic.ts";
import { manifestOf, run } from "./sample.ts";

vi.mock("../../src/record/files.ts", { spy: true });

const [first, second] = manifestOf([0, 1]).cells;
if (first === undefined || second === undefined) throw new Error("the sample lacks cells");

async function directoryOf(entries: readonly Entry[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "l1probe-"));
  await writeFile(join(directory, "journal.jsonl"), entries.map(formatEntry).join(""));
  return directory;
}

test("the steps of one cell are read as they were streamed, frames and all", async () => {
  const sent = syntheticSteps(syntheticCell());
  const [started, ...rest] = run(first, "r1", { upTo: 0, end: "finished" });
  if (started === undefined) throw new Error("the sample does not start");
  const steps = sent.map((body): Entry => ({ ...started, event: "step", body }));
  const other = run(second, "r2", { end: "finished" });
  const directory = await directoryOf([started, ...other.slice(0, 2), ...steps, ...rest, ...other.slice(2)]);
  expect(await readSteps(directory, first.cellId)).toEqual(sent);
  expect(sent[0]?.signals[0]?.frames).toHaveLength(3);
});

test("the first finished attempt counts", async () => {
  const attempts = [
    ...run(first, "r1", { upTo: 1, value: 10 }),
    ...run(first, "r2", { end: "failed", value: 20 }),
    ...run(first, "r1", { end: "finished", value: 30 }),
    ...run(first, "r4", { end: "finished", value: 40 }),
  ];
  const steps = await readSteps(await directoryOf(attempts), first.cellId);
  expect(steps.map(({ signals }) => signals[0]?.whole?.sumAbs)).toEqual([30, 60]);
});

test("the steps of several cells are read in one pass, each from its own first finished attempt", async () => {
  const [one = [], two = []] = [first, second].map((cell, i) => [
    ...run(cell, "r1", { end: "failed", value: 10 + i }),
    ...run(cell, "r1", { end: "finished", value: 20 + i }),
  ]);
  const directory = await directoryOf(one.flatMap((entry, i) => [entry, ...two.slice(i, i + 1)]));
  vi.mocked(eachLine).mockClear();
  const steps = await readStepsOf(directory, [second.cellId, first.cellId]);
  expect(eachLine).toHaveBeenCalledTimes(1);
  expect(steps.size).toBe(2);
  for (const { cellId } of [first, second]) expect(steps.get(cellId)).toEqual(await readSteps(directory, cellId));
  expect([first, second].map(({ cellId }) => steps.get(cellId)?.[0]?.signals[0]?.whole?.sumAbs)).toEqual([20, 21]);
  await expect(readStepsOf(directory, [first.cellId, "nope"])).rejects.toThrow(/Cell nope has not finished/);
  expect(await readStepsOf(directory, [])).toEqual(new Map());
});

test("a cell that has not finished is refused", async () => {
  const directory = await directoryOf(run(first, "r1", { upTo: 1 }));
  await expect(readSteps(directory, first.cellId)).rejects.toMatchObject({ kind: "input" });
  await expect(readSteps(directory, "nope")).rejects.toThrow(/Cell nope has not finished/);
});
