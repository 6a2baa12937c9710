import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { Advice, DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import { provenance } from "../record/sample.ts";
import { good, type Stage, stage } from "../sweep/stage.ts";
import { l1probe, start } from "./command.ts";

vi.setConfig({ testTimeout: 60_000 });

let cwd: string;
let server: Stage;
let silent: Stage;
const advice = Advice.fromPartial({ height: 64, width: 80, frames: 9, guidanceScale: 1, trueCfgScale: 3, steps: 20 });

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-"));
  const described = { provenance, samplers: ["euler"], defaultSchedule: "shift:7", advice };
  server = await stage(good, { describe: DescribeResponse.fromPartial(described) });
  silent = await stage(good, { describe: DescribeResponse.fromPartial({ ...described, advice: undefined }) });
});
afterAll(() => {
  server.kill();
  silent.kill();
});

const prompt = "a red circle moving right";
const run = (words: readonly string[], at = server.address) =>
  l1probe(["run", prompt, "--no-report", ...words], { cwd, env: { L1PROBE_SERVER: at } });

test("run probes a prompt with what the server advises, prints it, and keeps the YAML", async () => {
  const { code, out, err } = await run(["--schedule", "shift:3", "--steps", "5", "--vs", "linear"]);
  expect(err).toContain("9 frames of 64×80, 5 steps, guidance_scale 1, true_cfg_scale 3, seed 0");
  expect([code, out]).toEqual([0, "runs/a-red-circle-moving-right: 2 of 2 cells"]);
  const { cells, manifest } = await readRecord(join(cwd, "runs/a-red-circle-moving-right"));
  expect(
    cells.map(({ cell: { schedule, steps, width, true_cfg_scale } }) => [schedule, steps, width, true_cfg_scale]),
  ).toEqual([
    ["shift:3", 5, 80, 3],
    ["linear", 5, 80, 3],
  ]);
  expect(parse(manifest.experiment.text)).toMatchObject({
    base: { prompt },
    grid: { schedule: ["shift:3", "linear"] },
  });
  // The same probe is done; another gets a folder of its own.
  const requested = server.requested.length;
  expect((await run(["--schedule", "shift:3", "--steps", "5", "--vs", "linear"])).out).toBe(out);
  expect(server.requested.length).toBe(requested);
  expect((await run(["--set", "height=32"])).out).toBe("runs/a-red-circle-moving-right-2: 1 of 1 cells");
  const other = (await readRecord(join(cwd, "runs/a-red-circle-moving-right-2"))).cells[0]?.cell;
  expect([other?.height, other?.steps, other?.schedule]).toEqual([32, 20, "shift:7"]);
});

test("a server that advises no size is named with what to set", async () => {
  const { code, err } = await run(["--steps", "4"], silent.address);
  expect(err).toContain(
    "The server advises no height, width, frames; give --set height=… --set width=… --set frames=….",
  );
  expect(code).toBe(2);
  const set = ["--steps", "4", "--set", "height=64", "--set", "base.width=64", "--set", "frames=1", "--out", "here"];
  expect((await run(set, silent.address)).out).toBe("here: 1 of 1 cells");
});

test("a sweep reads standard input, sets values over it, and records the text that ran", async () => {
  const yaml = "name: piped\nbase: { prompt: x, height: 64, width: 64, frames: 9, steps: 2, schedule: linear }\n";
  const words = ["sweep", "-", "--set", "steps=[2,3]", "--set", "base.seed=3", "--server", "stage", "--no-report"];
  await writeFile(join(cwd, "l1probe.toml"), `[hosts.stage]\naddress = "${server.address}"\nprofile = "large"\n`);
  const { exitCode, stdout, stderr } = await start(words, { cwd, stdin: undefined, input: yaml } as never);
  expect([exitCode, stdout]).toEqual([0, "runs/piped: 2 of 2 cells"]);
  expect(stderr).toContain("no profile large, which the host has by default");
  const text = JSON.parse(await readFile(join(cwd, "runs/piped/manifest.json"), "utf8")).experiment.text;
  expect(parse(text)).toEqual({
    name: "piped",
    base: { prompt: "x", height: 64, width: 64, frames: 9, schedule: "linear", seed: 3 },
    grid: { steps: [2, 3] },
  });
});
