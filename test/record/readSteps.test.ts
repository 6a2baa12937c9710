import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Entry, formatEntry } from "../../src/record/journal.ts";
import { readSteps } from "../../src/record/read.ts";
import { syntheticCell, syntheticSteps } from "../analysis/synthetic.ts";
import { manifestOf, run } from "./sample.ts";

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

test("a cell that has not finished is refused", async () => {
  const directory = await directoryOf(run(first, "r1", { upTo: 1 }));
  await expect(readSteps(directory, first.cellId)).rejects.toMatchObject({ kind: "input" });
  await expect(readSteps(directory, "nope")).rejects.toThrow(/Cell nope has not finished/);
});
