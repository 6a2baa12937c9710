import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { warnings } from "../../src/analysis/warning.ts";
import {
  ArtifactKind,
  DescribeResponse,
  Failed,
  Finished,
  type RunResponse,
} from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import type { Progress } from "../../src/sweep/progress.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { event, type serve } from "../client/fakeServer.ts";
import { provenance } from "../record/sample.ts";
import { eventsOf, good, type Play, type Stage, stage as set } from "./stage.ts";

const experiment = {
  name: "a",
  base: { prompt: "x", height: 64, width: 64, frames: 9, steps: 3, schedule: "linear" },
  grid: { seed: [0, 1, 2] },
};

let directory: string;
const servers: Stage[] = [];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "sweep");
});
afterEach(() => {
  for (const server of servers.splice(0)) server.kill();
});

const failed = event({ $case: "failed", value: Failed.fromPartial({ message: "out of memory", stepsDone: 1 }) });

/** A server that is stopped when the test ends. */
async function stage(...how: Parameters<typeof set>): Promise<Stage> {
  const server = await set(...how);
  servers.push(server);
  return server;
}

const table = async () =>
  rows(await readRecord(directory)).map(({ seed, step, cond_abs_mean }) => [seed, step, cond_abs_mean]);
const whole = [0, 1, 2].flatMap((seed) => [0, 1, 2].map((step) => [seed, step, seed + step]));

test("an experiment becomes a record: cells as requested, rows in the manifest's order", async () => {
  const { address, requested } = await stage(good);
  const heard: Progress[] = [];
  const end = await runSweep({
    experiment,
    directory,
    server: address,
    concurrency: 3,
    progress: (p) => heard.push(p),
  });
  expect(end).toEqual({ directory, cells: 3, finished: 3, reused: 0, made: 3, failed: 0, refused: 0, nonFinite: 0 });
  expect(await table()).toEqual(whole);
  expect(requested[0]).toMatchObject({
    prompt: "x",
    sigmas: [1, 2 / 3, 1 / 3].map(Math.fround),
    guidanceScale: 1,
    trueCfgScale: 1,
  });
  expect(requested[0]?.negativePrompt).toBeUndefined();
  expect(heard.at(-1)).toMatchObject({ cellsDone: 3, stepsDone: 9 });
  const { manifest } = await readRecord(directory);
  expect(manifest.cells.map(({ cellId }) => cellId)).toEqual(requested.map(({ cellId }) => cellId));
  expect(manifest).toMatchObject({ axes: ["seed"], client: { node: process.versions.node }, provenance });
});

test("a failed cell is reported, the others stay, and resuming runs only the failed one", async () => {
  const notes: string[] = [];
  const first = await stage((cell) => (cell.seed === 1n ? [...good(cell).slice(0, 3), failed] : good(cell)));
  const end = await runSweep({
    experiment,
    directory,
    server: first.address,
    note: (sentence) => notes.push(sentence),
  });
  expect(end).toMatchObject({ finished: 2, failed: 1, refused: 0, nonFinite: 0 });
  expect(notes).toEqual(["seed=1 failed: out of memory"]);
  const second = await stage(good);
  expect(await runSweep({ experiment, directory, server: second.address })).toMatchObject({
    finished: 3,
    made: 1,
    failed: 0,
  });
  expect(second.requested.map(({ seed }) => seed)).toEqual([1n]);
  expect(await table()).toEqual(whole);
});

test("a complete sweep starts no server", async () => {
  const { address } = await stage(good);
  await runSweep({ experiment, directory, server: address });
  const before = await readFile(join(directory, "manifest.json"), "utf8");
  vi.stubEnv("L1PROBE_PYTHON", "/nowhere/python");
  try {
    const id = provenance.model?.id ?? "";
    for (const model of [undefined, id, `models/${id}/`]) {
      const end = await runSweep({ experiment, directory, model, status: expect.unreachable });
      expect(end).toEqual({
        directory,
        cells: 3,
        finished: 3,
        reused: 0,
        made: 0,
        failed: 0,
        refused: 0,
        nonFinite: 0,
      });
    }
    // Only a server can tell whether another model has the recorded weights.
    await expect(runSweep({ experiment, directory, model: "other" })).rejects.toMatchObject({ kind: "unreachable" });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(await readFile(join(directory, "manifest.json"), "utf8")).toBe(before);
});

test("sums per latent frame are requested unless the experiment leaves them out, which changes no cell id", async () => {
  const withSums: boolean[] = [];
  const play: Play = (cell, call) => {
    withSums.push(!call.request.withoutFrameSums);
    return good(cell);
  };
  const { address, requested } = await stage(play);
  await runSweep({ experiment, directory, server: address });
  await runSweep({ experiment: { ...experiment, frame_sums: false }, directory: `${directory}-2`, server: address });
  expect(withSums).toEqual([true, true, true, false, false, false]);
  const ids = requested.map(({ cellId }) => cellId);
  expect(ids.slice(3)).toEqual(ids.slice(0, 3));
});

test("a lost server ends the sweep as unreachable, and resuming gives the same table", async () => {
  const first = await stage((cell) => {
    if (cell.seed !== 1n) return good(cell);
    setTimeout(() => first.kill(), 20);
    return good(cell).slice(0, 4);
  });
  await expect(runSweep({ experiment, directory, server: first.address })).rejects.toMatchObject({
    kind: "unreachable",
  });
  expect((await readRecord(directory)).cells.map(({ status: how }) => how)).toEqual(["finished", "missing", "missing"]);
  const second = await stage(good);
  await runSweep({ experiment, directory, server: second.address });
  expect(second.requested).toHaveLength(2);
  expect(await table()).toEqual(whole);
});

test("refused cells are distinguished from failed cells", async () => {
  const refuse: Play = (_, call) => {
    call.emit("error", {
      code: status.INVALID_ARGUMENT,
      details: "cell.prompt is not to its taste",
      metadata: new Metadata(),
    });
    return [];
  };
  const { address } = await stage(refuse);
  const end = await runSweep({ experiment, directory, server: address });
  expect(end).toMatchObject({ finished: 0, failed: 3, refused: 3 });
  expect((await readRecord(directory)).cells[0]?.failed?.message).toBe("cell.prompt is not to its taste.");
});

test.each<[string, (events: RunResponse[]) => RunResponse[], RegExp]>([
  [
    "other sigmas",
    (events) =>
      events.map((one) =>
        one.event?.$case === "started"
          ? event({ $case: "started", value: { ...one.event.value, sigmas: [1, 0.5, 0.25] } })
          : one,
      ),
    /would run sigma 0\.5 at step 1 where 0\.666\d+ was sent/,
  ],
  [
    "a sigma too many",
    (events) =>
      events.map((one) =>
        one.event?.$case === "started"
          ? event({ $case: "started", value: { ...one.event.value, sigmas: [...one.event.value.sigmas, 0.25] } })
          : one,
      ),
    /would run 4 sigmas where 3 were sent/,
  ],
  ["a step too few", (events) => events.filter((_, index) => index !== 4), /finished after 2 steps of 3/],
  [
    "a step twice",
    (events) => events.flatMap((one, index) => (index === 3 ? [one, one] : [one])),
    /sent step 1 .* step 2 of 3/,
  ],
])("a server that sends %s has failed the cell", async (_, change, message) => {
  const { address } = await stage((cell) => change(good(cell)));
  const notes: string[] = [];
  const end = await runSweep({ experiment, directory, server: address, note: (sentence) => notes.push(sentence) });
  expect(end).toMatchObject({ finished: 0, failed: 3, refused: 0, nonFinite: 0 });
  expect(notes[0]).toMatch(message);
  expect(rows(await readRecord(directory))).toEqual([]);
});

test("a step with two evaluations is one step with two rows", async () => {
  const twice = (cell: Parameters<Play>[0]) =>
    good(cell).flatMap((one) => {
      if (one.event?.$case !== "step") return [one];
      const again = event({ $case: "step", value: { ...one.event.value, evaluation: 1 } });
      return one.event.value.step === 2 ? [one] : [one, again];
    });
  const { address } = await stage((cell) => {
    const events = twice(cell);
    // The server of the last seed stops two rows early, in the middle of a step.
    return cell.seed === 2n ? [...events.slice(0, -3), ...events.slice(-1)] : events;
  });
  const heard: Progress[] = [];
  await runSweep({ experiment, directory, server: address, concurrency: 1, progress: (p) => heard.push(p) });
  const record = await readRecord(directory);
  const first = rows(record).filter(({ seed }) => seed === 0);
  expect(first.map(({ step, evaluation }) => [step, evaluation])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [2, 0],
  ]);
  expect(record.cells.map(({ failed: why }) => why?.stepsDone ?? null)).toEqual([null, null, 2]);
  expect(heard.at(-1)).toMatchObject({ cellsDone: 3, steps: 9, stepsDone: 9 });
});

test("a cell that does not fit the server is refused before any run and before a folder exists", async () => {
  const { address, requested } = await stage(good);
  const wrong = { ...experiment, base: { ...experiment.base, sampler: "eulre" } };
  await expect(runSweep({ experiment: wrong, directory, server: address })).rejects.toThrow(
    /base\.sampler: sampler is eulre \(did you mean euler\?\)/,
  );
  expect(requested).toEqual([]);
  await expect(readRecord(directory)).rejects.toThrow(/holds no manifest/);
});

test("other cells in the same folder are refused before a server is contacted", async () => {
  const { address } = await stage(good);
  await runSweep({ experiment, directory, server: address });
  const other = { ...experiment, grid: { seed: [0, 9] } };
  await expect(runSweep({ experiment: other, directory, server: "127.0.0.1:1" })).rejects.toThrow(
    /\+ seed 9; - seed 1, 2/,
  );
});

test("a stop keeps finished cells, cancels running ones, and says how to resume", async () => {
  const stop = new AbortController();
  let cancelled = false;
  const { address } = await stage((cell, call) => {
    if (cell.seed === 0n) return good(cell);
    call.on("cancelled", () => {
      cancelled = true;
    });
    setTimeout(() => stop.abort(), 20);
    return good(cell).slice(0, 3);
  });
  await expect(runSweep({ experiment, directory, server: address, signal: stop.signal })).rejects.toMatchObject({
    kind: "interrupted",
    message: expect.stringMatching(/^Stopped with 1 of 3 cells in .*; .*same command.*/),
  });
  await expect.poll(() => cancelled).toBe(true);
  const again = await stage(good);
  await runSweep({ experiment, directory, server: again.address });
  expect(await table()).toEqual(whole);
});

test("artifacts are fetched before a cell counts as finished, and requested again if they do not arrive", async () => {
  const bytes = Buffer.from("a clip");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const kind = ArtifactKind.ARTIFACT_KIND_VIDEO;
  const artifact = { artifactId: "a", kind, fileName: "clip.mp4", size: bytes.length, sha256 };
  const withClip: Play = (cell) => eventsOf(cell, Finished.fromPartial({ artifacts: [artifact] }));
  const send = (data: Buffer): Parameters<typeof serve>[0] => ({
    fetchArtifact: (call) => {
      call.write({ data });
      call.end();
    },
  });
  const torn = await stage(withClip, send(bytes.subarray(1)));
  expect(await runSweep({ experiment, directory, server: torn.address, keep: [kind] })).toMatchObject({
    failed: 3,
    refused: 0,
  });
  const right = await stage(withClip, send(bytes));
  expect(await runSweep({ experiment, directory, server: right.address, keep: [kind] })).toMatchObject({ finished: 3 });
  const { cells } = await readRecord(directory);
  for (const { artifacts } of cells) expect(await readFile(join(directory, artifacts[0]?.path ?? ""))).toEqual(bytes);
  const notes: string[] = [];
  const latents = ArtifactKind.ARTIFACT_KIND_LATENTS;
  await runSweep({
    experiment,
    directory,
    server: right.address,
    keep: [kind, latents],
    note: (sentence) => notes.push(sentence),
  });
  expect(notes).toEqual([expect.stringMatching(/^3 finished cells have no latents and do not run again/)]);
});

test.each([
  ["as many as fill the server's batch", 2, undefined, 2],
  ["one on a server that does not batch", 0, undefined, 1],
  ["the requested number of", 2, 3, 3],
  ["fewer than fill the batch, if requested,", 2, 1, 1],
])("%s cells run at once, and each once", async (_, maxBatch, concurrency, atOnce) => {
  let open = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const release = () => {
    for (const end of held.splice(0)) end();
  };
  const describe = DescribeResponse.fromPartial({ provenance, samplers: ["euler"], maxBatch });
  const { address, requested } = await stage(
    (cell, call) => {
      open += 1;
      most = Math.max(most, open);
      held.push(() => {
        open -= 1;
        for (const one of good(cell)) call.write(one);
      });
      // Blocks until no further cell can arrive.
      if (open === atOnce) setTimeout(release, 50);
      return [];
    },
    { describe },
  );
  const seeds = Array.from({ length: 6 }, (_, seed) => seed);
  const six = { ...experiment, grid: { seed: seeds } };
  const end = await runSweep({ experiment: six, directory, server: address, concurrency });
  expect(end).toMatchObject({ finished: 6, made: 6 });
  expect(most).toBe(atOnce);
  expect(requested.map(({ seed }) => Number(seed)).sort()).toEqual(seeds);
});

test("resuming after a server is lost with several cells running gives the same table", async () => {
  const describe = DescribeResponse.fromPartial({ provenance, samplers: ["euler"], maxBatch: 3 });
  const six = { ...experiment, grid: { seed: [0, 1, 2, 3, 4, 5] } };
  const first = await stage(
    (cell) => {
      if (cell.seed === 0n || cell.seed === 2n) return good(cell);
      if (first.requested.length === 5) setTimeout(() => first.kill(), 20);
      return good(cell).slice(0, 2 + (Number(cell.seed) % 3));
    },
    { describe },
  );
  await expect(runSweep({ experiment: six, directory, server: first.address })).rejects.toMatchObject({
    kind: "unreachable",
  });
  const left = (await readRecord(directory)).cells.filter(({ status: how }) => how !== "finished");
  expect(left.map(({ cell }) => cell.seed)).toEqual([1, 3, 4, 5]);
  const second = await stage(good, { describe });
  await runSweep({ experiment: six, directory, server: second.address });
  expect(second.requested.map(({ seed }) => Number(seed)).sort()).toEqual([1, 3, 4, 5]);
  expect(await table()).toEqual(
    [0, 1, 2, 3, 4, 5].flatMap((seed) => [0, 1, 2].map((step) => [seed, step, seed + step])),
  );
});

test("cells run shape by shape; record and table keep the experiment's order", async () => {
  const describe = DescribeResponse.fromPartial({ provenance, samplers: ["euler"], maxBatch: 2 });
  const { address, requested } = await stage(good, { describe });
  const grid = { steps: [2, 3], frames: [5, 9] };
  const { steps: _, ...base } = experiment.base;
  await runSweep({ experiment: { name: "a", base, grid }, directory, server: address });
  const ran = requested.map(({ frames, sigmas }) => [frames, sigmas.length]);
  expect(ran).toEqual([
    [5, 3],
    [5, 2],
    [9, 3],
    [9, 2],
  ]);
  const { manifest, cells } = await readRecord(directory);
  expect(manifest.cells.map(({ cell }) => [cell.steps, cell.frames])).toEqual([
    [2, 5],
    [2, 9],
    [3, 5],
    [3, 9],
  ]);
  expect(cells.map(({ cell }) => cell)).toEqual(manifest.cells.map(({ cell }) => cell));
});

test("equal cells run once, and the record keeps both names", async () => {
  const { address, requested } = await stage(good);
  const twice = { ...experiment, grid: { seed: [0, 1], schedule: ["linear", "shift:1"] } };
  const notes: string[] = [];
  const end = await runSweep({
    experiment: twice,
    directory,
    server: address,
    note: (sentence) => notes.push(sentence),
  });
  expect(end).toMatchObject({ cells: 2, finished: 2 });
  expect(requested).toHaveLength(2);
  expect(notes).toContain("2 of 4 cells repeat others and run once; for example, schedule=shift:1 is schedule=linear.");
  const record = await readRecord(directory);
  expect(record.manifest.repeats).toEqual([{ asked: "schedule=shift:1", as: "schedule=linear", cells: 2 }]);
  expect(warnings(record).map(({ message }) => message)).toContain(
    "2 cells of the experiment repeat others and ran once: schedule=shift:1 is schedule=linear (2 cells).",
  );
});

test.each([0, 1.5, Number.NaN])("a concurrency of %s is refused", async (concurrency) => {
  await expect(runSweep({ experiment, directory, server: "127.0.0.1:1", concurrency })).rejects.toThrow(
    /must be a whole number from 1/,
  );
});

test("a server and a model cannot both be named", async () => {
  await expect(runSweep({ experiment, directory, server: "127.0.0.1:1", model: "m" })).rejects.toMatchObject({
    kind: "input",
  });
});
