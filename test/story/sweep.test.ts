import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Row, rows } from "../../src/analysis/row.ts";
import { connect, type ProbeClient } from "../../src/client/connect.ts";
import { type LocalServer, startLocalServer } from "../../src/client/localServer.ts";
import { expand } from "../../src/experiment/expand.ts";
import { readSafetensors } from "../../src/experiment/safetensors.ts";
import { wireCell } from "../../src/experiment/wireCell.ts";
import { FailureReason, type Step } from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { l1probe, start } from "../cli/command.ts";
import { childrenOf, runs } from "../processes.ts";

/**
 * End to end: the real command and client, a real server process, the bundled model. Each test continues where the one
 * before ended.
 */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const experiment = {
  name: "story",
  base: {
    prompt: "a red circle moving right on a blue background",
    negative_prompt: "",
    height: 64,
    width: 64,
    frames: 5,
    schedule: "shift:7",
  },
  grid: { steps: [6, 12], true_cfg_scale: [1, 3] },
};

let cwd: string;
let server: LocalServer;
let client: ProbeClient;
/** The table of an uninterrupted sweep. */
let undisturbed: Partial<Row>[];

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-story-"));
  await writeFile(join(cwd, "story.yaml"), JSON.stringify(experiment));
  server = await startLocalServer();
  client = connect(server.address);
});
afterAll(async () => {
  client?.close();
  await server?.stop();
});

/** Columns that describe this execution of a cell, not its result: what a clock measured and what cells ran together. */
const EXECUTION_COLUMNS = ["seconds", "batch_size", "shared"] as const satisfies (keyof Row)[];

/** A sweep's rows without the execution columns. */
async function table(directory: string): Promise<Partial<Row>[]> {
  return rows(await readRecord(directory)).map((row) => {
    const result: Partial<Row> = { ...row };
    for (const column of EXECUTION_COLUMNS) delete result[column];
    return result;
  });
}

const journalLines = async (directory: string) =>
  (await readFile(join(directory, "journal.jsonl"), "utf8").catch(() => "")).split("\n").length - 1;

const idle = async () => {
  const { load } = await client.describe();
  return load?.running === 0 && load.queued === 0;
};

const [longest] = expand({
  ...experiment,
  base: { ...experiment.base, true_cfg_scale: 3, frames: 17 },
  grid: { steps: [40] },
}).cells;
if (longest === undefined) throw new Error("the story lacks a cell");
const request = {
  cell: wireCell("cancelled", longest),
  keep: [],
  statesAt: [],
  withoutStatistics: false,
  withoutFrameSums: false,
};

test("leaving a run's loop cancels it on the server within one step", async () => {
  const steps: Step[] = [];
  for await (const event of client.run(request)) {
    if (event.$case === "step") steps.push(event.value);
    if (steps.length === 4) break;
  }
  const left = performance.now();
  while (!(await idle())) await sleep(5);
  const waited = (performance.now() - left) / 1000;
  const step = Math.max(...steps.slice(1).map(({ seconds }) => seconds));
  // The running step, and a round trip on a busy machine.
  expect(waited).toBeLessThan(2 * step + 0.5);
});

test("Cancel ends a run after at most one more step", async () => {
  let runId = "";
  let seen = 0;
  let done: number | undefined;
  for await (const event of client.run(request)) {
    if (event.$case === "started") runId = event.value.runId;
    if (event.$case === "step") seen += 1;
    if (event.$case === "step" && seen === 4) expect(await client.cancel(runId)).toBe(true);
    if (event.$case === "failed") {
      expect(event.value.reason).toBe(FailureReason.FAILURE_REASON_CANCELLED);
      done = event.value.stepsDone;
    }
  }
  expect(done).toBeGreaterThanOrEqual(4);
  // The running step, and those sent before Cancel arrived.
  expect(done).toBeLessThanOrEqual(7);
  expect(await idle()).toBe(true);
  expect(await client.cancel(runId)).toBe(false);
});

test("an uninterrupted sweep has every row", async () => {
  const directory = join(cwd, "undisturbed");
  // One at a time, since after a crash other cells would share a batch, which changes rounding.
  const end = await runSweep({ experiment, directory, server: server.address, concurrency: 1 });
  expect(end).toMatchObject({ cells: 4, finished: 4, failed: 0 });
  undisturbed = await table(directory);
  expect(undisturbed).toHaveLength(36);
  expect(undisturbed.every((row) => row.non_finite === 0)).toBe(true);
  const { cells } = await readRecord(directory);
  for (const { cell, started } of cells) expect(started?.sigmas).toEqual(cell.sigmas);
});

test("doctor describes the server", async () => {
  const { code, out } = await l1probe(["doctor", "--server", server.address]);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`server +${server.address} SERVING`));
  expect(out).toMatch(/model +tiny \(bundled weights, sha256:/);
  expect(out).toMatch(/load +0 running, 0 queued/);
});

test("--video saves a clip of each cell", async () => {
  await writeFile(
    join(cwd, "video.yaml"),
    JSON.stringify({ ...experiment, name: "video", grid: { steps: [4], true_cfg_scale: [1] } }),
  );
  const { code, err } = await l1probe(["sweep", "video.yaml", "--server", server.address, "--video", "--no-report"], {
    cwd,
  });
  expect([code, err.includes("failed")]).toEqual([0, false]);
  const { cells } = await readRecord(join(cwd, "runs/video"));
  const [clip] = cells[0]?.artifacts ?? [];
  const bytes = await readFile(join(cwd, "runs/video", clip?.path ?? ""));
  expect(bytes.subarray(4, 8).toString("latin1")).toBe("ftyp");
  expect(BigInt(bytes.length)).toBe(clip?.artifact.size);
});

const swept = () => join(cwd, "runs/story");
const sweep = ["sweep", "story.yaml", "--concurrency", "1"];

test("a sweep that starts from a kept state ends as the sweep that kept it, and its rows name the start", async () => {
  const sigmas = [1, 0.875, 0.5, 0.25];
  const { grid: _grid, base } = experiment;
  const write = (file: string, more: object) =>
    writeFile(join(cwd, file), JSON.stringify({ name: "start", base: { ...base, true_cfg_scale: 3, ...more } }));
  await write("whole.yaml", { schedule: { sigmas } });
  const init = { file: "states.safetensors", key: "state.0002", noise: false };
  await write("rest.yaml", { schedule: { sigmas: sigmas.slice(2) }, init });
  const sweep = (file: string, out: string, ...flags: string[]) =>
    l1probe(["sweep", file, "--server", server.address, "--out", out, "--keep", "latents", "--no-report", ...flags], {
      cwd,
    });
  const ended = await sweep("whole.yaml", "whole", "--keep", "states", "--states-at", "2");
  expect(ended.code, ended.err).toBe(0);
  const kept = async (out: string, name: string) => {
    const [cell] = (await readRecord(join(cwd, out))).cells;
    const bytes = await readFile(join(cwd, out, "artifacts", cell?.cellId ?? "", `${name}.safetensors`));
    return { bytes, latents: readSafetensors(bytes)?.tensor("latents")?.bytes };
  };
  await writeFile(join(cwd, "states.safetensors"), (await kept("whole", "states")).bytes);
  expect((await sweep("rest.yaml", "rest")).code).toBe(0);
  expect((await kept("rest", "latents")).latents).toEqual((await kept("whole", "latents")).latents);
  const rest = await table(join(cwd, "rest"));
  expect(new Set(rest.map((row) => row.init))).toEqual(new Set(["states.safetensors#state.0002 (no noise)"]));
  const whole = await table(join(cwd, "whole"));
  expect(rest.map((row) => row.cfg_abs_mean)).toEqual(whole.slice(2).map((row) => row.cfg_abs_mean));
});

test("a server killed in mid-sweep: exit code 3, and finished cells stay", async () => {
  const running = start([...sweep, "--server", server.address], { cwd });
  await expect.poll(() => journalLines(swept()), { timeout: 60_000, interval: 5 }).toBeGreaterThan(10);
  process.kill(server.pid, "SIGKILL");
  const { exitCode, stderr } = await running;
  expect(stderr).toMatch(/l1probe: (No l1probe server answers|The server) .*\d+/);
  expect(exitCode).toBe(3);
  const { cells } = await readRecord(swept());
  const finished = cells.filter(({ status }) => status === "finished");
  expect(finished.length).toBeGreaterThan(0);
  expect(finished.length).toBeLessThan(4);
});

/** Runs the same command on its own server, and calls `disturb` after two more steps. */
async function disturbed(disturb: (command: number, server: number) => void) {
  const before = await journalLines(swept());
  const running = start(sweep, { cwd });
  await expect.poll(() => journalLines(swept()), { timeout: 120_000, interval: 5 }).toBeGreaterThan(before + 2);
  const command = running.pid ?? 0;
  const [own] = await childrenOf(command);
  disturb(command, own ?? 0);
  const { exitCode, stderr } = await running;
  return { exitCode, stderr: String(stderr), own: own ?? 0 };
}

test.runIf(existsSync("/proc/self/stat"))("Ctrl-C ends with 130 and no orphan", async () => {
  const { exitCode, stderr, own } = await disturbed((command) => process.kill(command, "SIGINT"));
  expect(stderr).toMatch(/l1probe: Stopped with \d of 4 cells in runs\/story; run the same command again to resume\.$/);
  expect(exitCode).toBe(130);
  expect(own).toBeGreaterThan(0);
  expect(await runs(own)).toBe(false);
});

test.runIf(existsSync("/proc/self/stat"))("a killed command leaves no orphan either", async () => {
  const { own } = await disturbed((command) => process.kill(command, "SIGKILL"));
  expect(own).toBeGreaterThan(0);
  await expect.poll(() => runs(own), { timeout: 20_000 }).toBe(false);
  expect(existsSync(join(swept(), "sweep.lock"))).toBe(true);
});

test("after all interruptions the same command gives the uninterrupted sweep's table", async () => {
  const { code, out } = await l1probe(sweep, { cwd });
  expect(out).toMatch(/^runs\/story: 4 of 4 cells\n/);
  expect(code).toBe(0);
  expect(await table(swept())).toEqual(undisturbed);
  for (const file of ["report.html", "figure.svg", "figure.png"])
    expect(existsSync(join(swept(), file)), file).toBe(true);
  expect(existsSync(join(swept(), "sweep.lock"))).toBe(false);
});

test("a complete sweep needs no server, and the same command ends without one", async () => {
  const { code, out, err } = await l1probe(sweep, { cwd, env: { L1PROBE_PYTHON: "/nowhere/python" } });
  expect([code, out.split("\n")[0]]).toEqual([0, "runs/story: 4 of 4 cells"]);
  expect(err).not.toMatch(/server/);
});
