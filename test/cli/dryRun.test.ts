import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { dryRunText } from "../../src/cli/dryRun.ts";
import { expand } from "../../src/experiment/expand.ts";
import { type DeepPartial, DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";
import { forecast } from "../../src/sweep/forecast.ts";
import { provenance } from "../record/sample.ts";
import { good, type Stage, stage } from "../sweep/stage.ts";
import { l1probe } from "./command.ts";

vi.setConfig({ testTimeout: 60_000 });

const GiB = 2n ** 30n;
const small = { height: 64, width: 64, frames: 9 };
const measured = [
  { ...small, batchSize: 2, forwards: 40, seconds: 0.05, peakMemoryBytes: 3n * GiB },
  { ...small, batchSize: 4, forwards: 40, seconds: 0.1, peakMemoryBytes: 5n * GiB },
];
const experiment = {
  name: "a",
  base: { prompt: "x", height: 64, width: 64, schedule: "shift:7" },
  grid: { frames: [9, 17], steps: [10, 20] },
};

let cwd: string;
let server: Stage;
const describe = (says: DeepPartial<DescribeResponse>) =>
  stage(good, { describe: DescribeResponse.fromPartial({ provenance, samplers: ["euler"], ...says }) });
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-"));
  await writeFile(join(cwd, "a.yaml"), JSON.stringify(experiment));
  server = await describe({
    maxBatch: 4,
    measured,
    shapeRules: { heightMultiple: 16, widthMultiple: 16, frameMultiple: 4 },
  });
});
afterAll(() => server.kill());

const told = [
  "a: 4 cells, 60 steps, 60 forwards, into runs/a",
  "  frames=9, steps=10",
  "  frames=9, steps=20",
  "  frames=17, steps=10",
  "  frames=17, steps=20",
];

test("a dry run prints the time of each shape, its basis, and the total", async () => {
  const { code, out, err } = await l1probe(["sweep", "a.yaml", "--dry-run", "--server", server.address], { cwd });
  expect(out.split("\n")).toEqual([
    ...told,
    `on ${server.address} (tiny, bundled weights; a CPU), up to 4 concurrent cells`,
    expect.stringMatching(/^ {2}2 forwards saved/),
    // 9 forwards of two cells, which were measured, and 11 of one.
    "  9 frames of 64×64: 29 forwards in 0.73 s (scaled from batches of 2)",
    "  17 frames of 64×64: 29 forwards in 1.2 s (scaled from 9 frames of 64×64)",
    "  memory: at most 5 GiB of the device's 8 GiB (from 9 frames of 64×64 in batches of 4)",
    "time: about 1.9 s, without loading, prompts, decoding and files",
  ]);
  expect(err).toBe(`asking the server at ${server.address}`);
  expect(code).toBe(0);
  expect(await readdir(cwd)).toEqual(["a.yaml"]);
});

test("a dry run prints the same as JSON", async () => {
  const words = ["sweep", "a.yaml", "--dry-run", "--server", server.address, "--format", "json", "--quiet"];
  const { code, out, err } = await l1probe(words, { cwd });
  expect([code, err]).toEqual([0, ""]);
  const said = JSON.parse(out);
  expect(said).toMatchObject({
    name: "a",
    profile: null,
    directory: "runs/a",
    total: { cells: 4, steps: 60, evaluations: 60 },
    finished: null,
    left: { cells: 4, steps: 60, evaluations: 60 },
    turns: [
      {
        model: null,
        shared_evaluations: 2,
        measured_by: "server",
        server: { address: server.address, model: "tiny", weights: "bundled", max_batch: 4, concurrency: 4 },
        estimate: {
          shapes: [
            { ...small, cells: 2, evaluations: 29, basis: "other rows", from: [{ ...small, batch_size: 2 }] },
            { ...small, frames: 17, cells: 2, evaluations: 29, basis: "other shape" },
          ],
          memory: { bytes: Number(5n * GiB), bound: "at most" },
        },
      },
    ],
  });
  expect(said.cells[1]).toEqual({ ...small, steps: 20, evaluations: 20 });
  expect(said.seconds).toBeCloseTo(29 * 0.025 + (29 * 0.025 * 5) / 3, 9);
});

test("without a server it says how to get an estimate; in JSON that is null", async () => {
  const { out } = await l1probe(["sweep", "a.yaml", "--dry-run"], { cwd });
  expect(out.split("\n")).toEqual([...told, expect.stringMatching(/estimate.*--server HOST:PORT/)]);
  const json = await l1probe(["sweep", "a.yaml", "--dry-run", "--format", "json"], { cwd });
  expect(JSON.parse(json.out)).toMatchObject({
    seconds: null,
    turns: [{ server: null, estimate: null, measured_by: null }],
  });
});

test("a server without measurements is reported; a missing server is exit code 3", async () => {
  const fresh = await describe({});
  const { code, out } = await l1probe(["sweep", "a.yaml", "--dry-run", "--server", fresh.address], { cwd });
  expect(out.split("\n").slice(told.length)).toEqual([
    `on ${fresh.address} (tiny, bundled weights; a CPU), one cell at a time`,
    expect.stringMatching(/^ {2}no time or memory estimate/),
  ]);
  expect(code).toBe(0);
  fresh.kill();
  expect((await l1probe(["sweep", "a.yaml", "--dry-run", "--server", fresh.address], { cwd })).code).toBe(3);
});

test("--format needs --dry-run", async () => {
  const { code, err } = await l1probe(["sweep", "a.yaml", "--format", "json"], { cwd });
  expect(err).toMatch(/^l1probe: --format json needs --dry-run/);
  expect(code).toBe(2);
});

test("each model has its own block", async () => {
  const models = expand({
    ...experiment,
    grid: { model: ["random:a", "b/c"], steps: [10] },
    base: { ...experiment.base, frames: 9 },
  });
  const of = (id: string, says: DeepPartial<DescribeResponse>) =>
    describe({ ...says, provenance: { ...provenance, model: { ...provenance.model, id } } });
  const stages = [await of("random:a", { measured, maxBatch: 2 }), await of("b/c", {})];
  const servers = stages.map(({ address }) => address);
  const lines = [
    ...dryRunText(models, "runs/a", await forecast({ expansion: models, directory: join(cwd, "no"), servers })),
  ];
  for (const one of stages) one.kill();
  expect(lines.slice(3)).toEqual([
    `random:a on ${servers[0]} (random:a, bundled weights; a CPU), up to 2 concurrent cells\n`,
    "  9 frames of 64×64: 10 forwards in 0.25 s (scaled from batches of 2)\n",
    "  memory: at most 3 GiB of the device's 8 GiB (from 9 frames of 64×64 in batches of 2)\n",
    `b/c on ${servers[1]} (b/c, bundled weights; a CPU), one cell at a time\n`,
    expect.stringMatching(/^ {2}no time or memory estimate/),
  ]);
});
