/** A sweep that fills the batch of a real server has the same numbers as single cells; its time and its forecast. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { type LocalServer, startLocalServer } from "../../src/client/localServer.ts";
import { expand } from "../../src/experiment/expand.ts";
import { readRecord } from "../../src/record/read.ts";
import { forecast } from "../../src/sweep/forecast.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const experiment = {
  name: "batching",
  base: { prompt: "a red circle", negative_prompt: "", height: 64, width: 64, frames: 5, seed: 0, true_cfg_scale: 3 },
  grid: { schedule: ["linear", "shift:7"], steps: [3, 5], frames: [1, 5] },
};
const expansion = expand(experiment);

let cwd: string;
let server: LocalServer;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-batching-"));
  server = await startLocalServer();
});
afterAll(() => server?.stop());

const inBatches = () => join(cwd, "batches");

test("before its first cell a server has no times", async () => {
  const forecasted = await forecast({ expansion, directory: inBatches(), servers: [server.address] });
  expect(forecasted.seconds).toBe(null);
  const [pass] = forecasted.passes;
  expect(pass?.server?.concurrency).toBe(pass?.server?.description.maxBatch);
  expect(pass?.server?.concurrency).toBeGreaterThan(1);
});

test("batched cells equal single cells up to float32 rounding", async () => {
  const alone = join(cwd, "alone");
  await runSweep({ experiment, directory: alone, server: server.address, concurrency: 1 });
  await runSweep({ experiment, directory: inBatches(), server: server.address });
  const [one, many] = [rows(await readRecord(alone)), rows(await readRecord(inBatches()))];
  expect(one.every((row) => row.batch_size === 1)).toBe(true);
  expect(many.some((row) => row.batch_size > 2)).toBe(true);
  expect(many).toHaveLength(one.length);
  for (const [i, row] of many.entries()) {
    const other = one[i];
    expect([row.cell_id, row.step, row.sigma]).toEqual([other?.cell_id, other?.step, other?.sigma]);
    for (const column of ["cond_rel_l1", "cfg_rel_l1", "latent_rel_l1"] as const) {
      const [a, b] = [row[column], other?.[column] ?? null];
      if (a === null || b === null) expect(a).toBe(b);
      else expect(Math.abs(a - b)).toBeLessThan(1e-4 * Math.abs(b));
    }
  }
});

test("a forecast counts shared first steps, and every shape is measured by then", async () => {
  const forecasted = await forecast({ expansion, directory: join(cwd, "another"), servers: [server.address] });
  const [pass] = forecasted.passes;
  // Three of four cells of each shape, two forwards each.
  expect(pass?.shared).toBe(2 * 3 * 2);
  const saved = rows(await readRecord(inBatches())).filter(({ shared }) => shared === 1);
  // The server may also remember first steps of the previous sweep, so there may be more.
  expect(2 * saved.length).toBeGreaterThanOrEqual(pass?.shared ?? Number.NaN);
  expect(pass?.source).toBe("server");
  expect(pass?.estimate?.shapes.map(({ shape, basis }) => [shape.frames, basis === "other shape"])).toEqual([
    [1, false],
    [5, false],
  ]);
  expect(forecasted.seconds).toBeGreaterThan(0);
});

test("a record's times sum to no more than the server's working time", async () => {
  const forecasted = await forecast({ expansion, directory: inBatches(), servers: [] });
  expect(forecasted.passes[0]?.source).toBe("record");
  const { cells } = await readRecord(inBatches());
  const oneByOne = cells.reduce((sum, { finished }) => sum + (finished?.seconds ?? 0), 0);
  expect(forecasted.seconds).toBeGreaterThan(0);
  // The wall times of eight concurrent cells overlap, so their sum far exceeds the elapsed time.
  expect(forecasted.seconds).toBeLessThan(oneByOne / 2);
});
