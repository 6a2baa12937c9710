import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { bundledModel, python, pythonEnvironment } from "../../src/client/localServer.ts";
import { readRecord } from "../../src/record/read.ts";
import { l1probe } from "../cli/command.ts";

/**
 * One measurement, two ways in: a sweep over gRPC and its export, and `l1probe.observe` around the same stock pipeline
 * in Python.
 */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const serverFolder = new URL("../../server-py/", import.meta.url).pathname;
const script = "tests/observe/print_rows.py";

const experiment = {
  name: "observe",
  base: {
    prompt: "a red circle moving right on a blue background",
    negative_prompt: "",
    height: 64,
    width: 64,
    frames: 5,
    seed: 3,
    schedule: "shift:7",
    solver_state: "stock",
    steps: 3,
  },
  grid: { sampler: ["euler", "heun"], true_cfg_scale: [1, 3] },
};

type Row = Record<string, string | number | null>;

/** What a call does not know, and what says how a cell was executed, not what came out. */
const UNKNOWN_TO_A_CALL = ["cell_id", "schedule", "shift", "weights", "device"];
const EXECUTION = ["seconds", "batch_size", "shared"];

const parsed = (lines: string): Row[] =>
  lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

function without(rows: readonly Row[], names: readonly string[]): Row[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))));
}

let cwd: string;
let exported: Row[];

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-observe-"));
  await writeFile(join(cwd, "observe.yaml"), JSON.stringify(experiment));
  // A server of greater batches cuts padded text, which changes the rounding.
  const flags = ["--host", "127.0.0.1", "--port", "0", "--max-batch", "1", "--exit-with-stdin"];
  const options = { env: pythonEnvironment(), buffer: false, reject: false } as const;
  const server = execa(python(), ["-m", "l1probe", "--model", bundledModel, ...flags], options);
  const { value } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next();
  const { address } = z.object({ address: z.string() }).parse(JSON.parse(String(value)));
  const swept = await l1probe(["sweep", "observe.yaml", "--server", address, "--out", "record", "--no-report"], {
    cwd,
  });
  server.stdin.end();
  await server;
  expect(swept, swept.err).toMatchObject({ code: 0 });
  exported = parsed((await l1probe(["export", "record", "--format", "jsonl"], { cwd })).out);
});
afterAll(() => rm(cwd, { recursive: true }));

test("a trace has the exported rows of the same cells over gRPC, bit for bit", async () => {
  const { cells } = await readRecord(join(cwd, "record"));
  const input = JSON.stringify(cells.map(({ cell }) => cell));
  const { stdout } = await execa(python(), [script], { cwd: serverFolder, input });
  const observed = parsed(stdout);
  expect(observed).toHaveLength(2 * (3 + 5));
  expect(Object.keys(observed[0] ?? {})).toEqual(Object.keys(exported[0] ?? {}));
  const compared = [...UNKNOWN_TO_A_CALL, ...EXECUTION];
  expect(without(observed, compared)).toEqual(without(exported, compared));
});

test("l1probe.read has the exported rows of a record, bit for bit", async () => {
  const { stdout } = await execa(python(), [script, "--read", join(cwd, "record")], { cwd: serverFolder });
  expect(parsed(stdout)).toEqual(exported);
});
