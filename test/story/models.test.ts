import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { bundledModel } from "../../src/client/localServer.ts";
import { readRecord } from "../../src/record/read.ts";
import { l1probe, start } from "../cli/command.ts";
import { childrenOf } from "../processes.ts";

/** A sweep over two models without a server: the real command starts one for each in turn. Each test continues the last. */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const experiment = {
  name: "models",
  base: { prompt: "a red circle", height: 64, width: 64, frames: 1, schedule: "shift:7" },
  grid: { model: ["one", "./folders/two"], steps: [3, 60] },
};

let cwd: string;
const directory = () => join(cwd, "out");
const sweep = ["sweep", "experiments/models.yaml", "--out", "out", "--no-report"];

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-models-"));
  const folder = join(cwd, "experiments");
  await cp(bundledModel, join(folder, "one"), { recursive: true });
  await cp(bundledModel, join(folder, "folders/two"), { recursive: true });
  // A model's call defaults are part of its identity.
  await writeFile(join(folder, "folders/two/call_defaults.json"), '{"max_sequence_length": 12}');
  await writeFile(join(folder, "models.yaml"), JSON.stringify(experiment));
});

/** The number of servers that a command has started and that still run; Linux only. */
async function serversOf(command: number): Promise<number> {
  const children = await childrenOf(command);
  const commands = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return commands.filter((words) => words.includes("l1probe")).length;
}

const statusesOf = async () => (await readRecord(directory())).cells.map(({ status }) => status);

test("the second model's server starts after the first model's cells, and a stop there keeps them", async () => {
  const running = start(sweep, { cwd });
  let most = 0;
  const watch = setInterval(async () => {
    most = Math.max(most, await serversOf(running.pid ?? 0));
  }, 20);
  const lines = () => readFile(join(directory(), "journal.jsonl"), "utf8").then((text) => text.split("\n").length - 1);
  // Two cells of 5 and 62 lines, and some of the second model's.
  await expect.poll(() => lines().catch(() => 0), { timeout: 180_000, interval: 20 }).toBeGreaterThanOrEqual(75);
  running.kill("SIGINT");
  const { exitCode, stderr } = await running;
  clearInterval(watch);
  expect(stderr).toMatch(
    /starting a server with one on this machine\n(.*\n)*starting a server with \.\/folders\/two on this machine\n/,
  );
  expect(stderr).toMatch(/Stopped with [23] of 4 cells in out; .*same command.*/);
  expect(exitCode).toBe(130);
  if (existsSync("/proc/self/stat")) expect(most).toBe(1);
  expect((await statusesOf()).slice(0, 2)).toEqual(["finished", "finished"]);
  expect((await statusesOf()).at(-1)).not.toBe("finished");
});

test("the same command resumes with the second model only, and then needs no server", async () => {
  const { code, err } = await l1probe(sweep, { cwd });
  expect(code).toBe(0);
  expect(err).not.toContain("server of one ");
  expect(err).toContain("starting a server with ./folders/two on this machine\n");
  expect(await statusesOf()).toEqual(["finished", "finished", "finished", "finished"]);
  const again = await l1probe(sweep, { cwd });
  expect(again).toMatchObject({ code: 0, err: "", out: "out: 4 of 4 cells" });
});

test("the record distinguishes the models by name and provenance", async () => {
  const record = await readRecord(directory());
  expect(Object.values(record.manifest.models).map(({ model }) => [model?.id, model?.callDefaultsJson])).toEqual([
    ["one", expect.stringContaining("16")],
    ["two", expect.stringContaining("12")],
  ]);
  expect(new Set(record.cells.map(({ cellId }) => cellId)).size).toBe(4);
  expect([...new Set(rows(record).map(({ model }) => model))]).toEqual(["one", "./folders/two"]);
  for (const { cell, started } of record.cells) expect(started?.sigmas).toEqual(cell.sigmas);
});

test("--model is refused if the experiment names models, with the line, before any server starts", async () => {
  const { code, err } = await l1probe([...sweep, "--model", "server-py/models/tiny"], { cwd });
  expect(code).toBe(2);
  expect(err).toMatch(
    /^l1probe: experiments\/models\.yaml:1:\d+: grid\.model\[0\]: model is one, .*--model is server-py/,
  );
});

test("random models run their own loops: experts by step, images, whole timesteps", async () => {
  const picture = await readFile(new URL("../../experiments/red-circle.png", import.meta.url));
  await writeFile(join(cwd, "experiments/red-circle.png"), picture);
  const zip = {
    model: ["random:tiny-wan-2.2", "random:tiny-wan-i2v", "random:tiny-latte"],
    frames: [5, 5, 16],
    image: [null, "red-circle.png", null],
    sampler: ["unipc", "euler", "ddim"],
    schedule: ["shift:12", "shift:3", "leading:offset=0"],
    true_cfg_scale: [4, 5, 1],
  };
  const base = { prompt: "a red circle", negative_prompt: "", height: 64, width: 64, steps: 8 };
  await writeFile(join(cwd, "experiments/families.yaml"), JSON.stringify({ name: "families", base, zip }));
  const { code, err } = await l1probe(["sweep", "experiments/families.yaml", "--no-report"], { cwd });
  expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
  const record = await readRecord(join(cwd, "runs/families"));
  const table = rows(record);
  const expertsOf = (model: string) => new Set(table.filter((row) => row.model === model).map(({ expert }) => expert));
  expect(expertsOf("random:tiny-wan-2.2")).toEqual(new Set(["transformer", "transformer_2"]));
  expect(expertsOf("random:tiny-wan-i2v")).toEqual(new Set([null]));
  expect(new Set(table.map(({ family, weights }) => `${family} ${weights}`))).toEqual(
    new Set(["wan random", "wan_i2v random", "latte random"]),
  );
  expect(record.cells.map(({ cell }) => cell.image)).toEqual(zip.image);
  expect(table.filter(({ sampler }) => sampler === "ddim").map(({ timestep }) => timestep)).toEqual([
    875, 750, 625, 500, 375, 250, 125, 0,
  ]);
});

test("the experiment over all families names models that the server makes", async () => {
  const root = new URL("../../", import.meta.url);
  const made = await readFile(new URL("server-py/l1probe/random_models/__init__.py", root), "utf8");
  const known = [...made.matchAll(/^ {4}"([a-z0-9.-]+)": "/gm)].map(([, name]) => `random:${name}`);
  const text = await readFile(new URL("experiments/models.yaml", root), "utf8");
  const named = [...text.matchAll(/^ +- (random:\S+)/gm)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThanOrEqual(15);
  for (const name of named) expect(known).toContain(name);
});
