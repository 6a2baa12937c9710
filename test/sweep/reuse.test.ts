import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import {
  Artifact,
  ArtifactKind,
  DescribeResponse,
  Failed,
  Finished,
  Provenance,
} from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import { CellCache } from "../../src/sweep/cellCache.ts";
import { executionKey } from "../../src/sweep/finishedCells.ts";
import { runSweep, type SweepOptions } from "../../src/sweep/runSweep.ts";
import { event } from "../client/fakeServer.ts";
import { provenance } from "../record/sample.ts";
import { eventsOf, good, type Play, type Stage, stage } from "./stage.ts";

let root: string;
const servers: Stage[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "l1probe-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.kill();
});

const experiment = (seeds: readonly number[]) => ({
  name: "reused",
  base: { prompt: "x", height: 64, width: 64, frames: 1, steps: 3, schedule: "linear" },
  grid: { seed: [...seeds] },
});

async function sweep(
  seeds: readonly number[],
  name: string,
  options: Partial<SweepOptions> = {},
  changed: Partial<Provenance> = {},
  play: Play = good,
) {
  const described = Provenance.fromPartial({ ...provenance, ...changed });
  const server = await stage(play, {
    describe: DescribeResponse.fromPartial({ provenance: described, samplers: ["euler"] }),
  });
  servers.push(server);
  const notes: string[] = [];
  const directory = join(root, name);
  const end = await runSweep({
    experiment: experiment(seeds),
    directory,
    server: server.address,
    note: (sentence) => notes.push(sentence),
    ...options,
  });
  return { end, notes, ran: server.requested.map(({ seed }) => Number(seed)), record: await readRecord(directory) };
}

test("finished cells of another record are taken by id, with their rows, and say where they are from", async () => {
  const first = await sweep([0, 1], "a");
  const second = await sweep([1, 2], "b", { reuse: [join(root, "a")] });
  expect(second.ran).toEqual([2]);
  expect(second.end).toMatchObject({ cells: 2, finished: 2, reused: 1, made: 1 });
  expect(second.record.cells.map(({ from }) => from)).toEqual([join(root, "a"), undefined]);
  expect(rows(second.record).filter(({ seed }) => seed === 1)).toEqual(
    rows(first.record).filter(({ seed }) => seed === 1),
  );
  // A cell that was taken is from where it was made, however often it is taken.
  const third = await sweep([1], "c", { reuse: [join(root, "b")] });
  expect([third.ran, third.record.cells[0]?.from]).toEqual([[], join(root, "a")]);
});

test("cells of another version are not taken, and a note names it; another model has other ids", async () => {
  await sweep([0], "a");
  const newer = await sweep([0], "b", { reuse: [join(root, "a")] }, { versions: { torch: "2.10.0", python: "3.14" } });
  expect(newer.ran).toEqual([0]);
  expect(newer.notes).toContainEqual(
    expect.stringMatching(/cannot be reused: its server had torch 2\.9\.0, not 2\.10\.0/),
  );
  const { model } = provenance;
  const larger = { ...model, fingerprint: "sha256:4567" } as typeof model;
  expect((await sweep([0], "c", { reuse: [join(root, "a")] }, { model: larger })).ran).toEqual([0]);
});

test("a folder without a record is refused before a server is asked", async () => {
  await expect(sweep([0], "b", { reuse: [join(root, "nowhere")], server: "127.0.0.1:1" })).rejects.toMatchObject({
    kind: "input",
    path: "reuse",
  });
});

test("artifacts are copied with their cell if they are requested, and a cell that lacks them runs again", async () => {
  const artifact = Artifact.fromPartial({
    artifactId: "x",
    kind: ArtifactKind.ARTIFACT_KIND_LATENTS,
    fileName: "latents.safetensors",
    size: 3n,
  });
  const withLatents: Play = (cell) => eventsOf(cell, Finished.fromPartial({ seconds: 1 }));
  await sweep([0, 1], "a", {}, {}, withLatents);
  // As if the first cell had been saved with its latents.
  const journal = join(root, "a", "journal.jsonl");
  const lines = (await readFile(journal, "utf8")).split("\n");
  const end = lines.findIndex((line) => line.includes('"event":"finished"'));
  const line = JSON.parse(lines[end] ?? "");
  lines[end] = JSON.stringify({ ...line, body: { ...line.body, artifacts: [Artifact.toJSON(artifact)] } });
  await writeFile(journal, lines.join("\n"));
  await mkdir(join(root, "a", "artifacts", line.cell), { recursive: true });
  await writeFile(join(root, "a", "artifacts", line.cell, "latents.safetensors"), "abc");
  const keep = [ArtifactKind.ARTIFACT_KIND_LATENTS];
  const kept = await sweep([0, 1], "b", { reuse: [join(root, "a")], keep });
  expect(kept.ran).toHaveLength(1);
  const [path] = kept.record.cells.flatMap(({ artifacts }) => artifacts.map((one) => one.path));
  expect(await readFile(join(root, "b", path ?? ""), "utf8")).toBe("abc");
  const without = await sweep([0, 1], "c", { reuse: [join(root, "a")] });
  expect([without.ran, without.record.cells.flatMap(({ artifacts }) => artifacts)]).toEqual([[], []]);
});

test("a cache takes cells of any earlier sweep of the same server, and of no other", async () => {
  const cache = join(root, "cache");
  const first = await sweep([0, 1], "a", { cache });
  const second = await sweep([1, 2], "b", { cache });
  expect([first.ran, second.ran]).toEqual([[0, 1], [2]]);
  expect(second.record.cells.map(({ from }) => from)).toEqual([join(root, "a"), undefined]);
  expect(second.notes).toContainEqual(expect.stringMatching(/1 of 2 missing cells was taken from the cache/));
  const elsewhere = { device: { kind: "cuda", name: "a GPU", memoryBytes: 1n } };
  expect((await sweep([0], "c", { cache }, elsewhere)).ran).toEqual([0]);
  expect((await sweep([0], "d", { cache }, { maxBatch: 8 })).ran).toEqual([0]);
  expect((await sweep([0], "e", {})).ran).toEqual([0]);
  expect((await sweep([0], "f", { cache, keep: [ArtifactKind.ARTIFACT_KIND_VIDEO] })).ran).toEqual([0]);
});

test("a failed cell is not remembered, and a broken file of the cache is as good as none", async () => {
  const cache = join(root, "cache");
  const failed = event({ $case: "failed", value: Failed.fromPartial({ message: "out of memory" }) });
  await sweep([0], "a", { cache }, {}, (cell) => [...good(cell).slice(0, 3), failed]);
  expect(await readdir(join(cache, "cells")).catch(() => [])).toEqual([]);
  await sweep([0], "b", { cache });
  const [file = ""] = await readdir(join(cache, "cells"));
  await writeFile(join(cache, "cells", file), "{");
  expect((await sweep([0], "c", { cache })).ran).toEqual([0]);
});

test("a sweep of one cell at a time takes no cell that shared a batch", async () => {
  const batched: Play = (cell) =>
    good(cell).map((one) => {
      const { event } = one;
      return event?.$case === "step" ? { event: { ...event, value: { ...event.value, batchSize: 4 } } } : one;
    });
  await sweep([0], "a", {}, { maxBatch: 4 }, batched);
  const reuse = [join(root, "a")];
  expect((await sweep([0], "b", { reuse, concurrency: 2 }, { maxBatch: 4 })).ran).toEqual([]);
  expect((await sweep([0], "c", { reuse, concurrency: 1 }, { maxBatch: 4 })).ran).toEqual([0]);
});

test("the cache drops the cells that were used least recently", async () => {
  const cache = join(root, "cache");
  await sweep([0, 1, 2], "a", { cache });
  const small = new CellCache(cache, join(root, "b"));
  const journal = small.remembering({ append: () => undefined, close: () => undefined }, provenance);
  const head = { time: "2026-01-02T03:04:06.000Z", cellId: "c0123456789ab", runId: "r" };
  journal.append({ ...head, event: "finished", body: Finished.fromPartial({ seconds: 1 }) });
  expect(await small.close(300)).toBeUndefined();
  expect((await readdir(join(cache, "cells"))).map((name) => name.slice(0, 13))).toEqual(["c0123456789ab"]);
});

test("what changes no number does not matter to the cache", () => {
  const key = executionKey(provenance);
  const same = { ...provenance, versions: { ...provenance.versions, python: "3.14.0" }, model: undefined };
  expect(executionKey({ ...same, device: { kind: "cpu", name: "a CPU", memoryBytes: 1n } })).toBe(key);
  expect(executionKey({ ...provenance, offload: "model" })).not.toBe(key);
  expect(executionKey({ ...provenance, compiled: true })).not.toBe(key);
});
