/** Forecasts of sweeps, with fake servers. */
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expand } from "../../src/experiment/expand.ts";
import { type DeepPartial, DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";
import { forecast } from "../../src/sweep/forecast.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { event } from "../client/fakeServer.ts";
import { provenance } from "../record/sample.ts";
import { good, type Play, type Stage, stage } from "./stage.ts";

const base = { prompt: "x", height: 64, width: 64, frames: 9, schedule: "linear" };
const shape = { height: 64, width: 64, frames: 9 };
const experiment = { name: "a", base, grid: { steps: [3, 6], schedule: ["linear", "shift:7"] } };
const expansion = expand(experiment);

let directory: string;
const stages: Stage[] = [];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "sweep");
});
afterEach(() => {
  for (const server of stages.splice(0)) server.kill();
});

async function serverThat(says: DeepPartial<DescribeResponse>, play: Play = good): Promise<Stage> {
  const describe = DescribeResponse.fromPartial({ provenance, samplers: ["euler"], ...says });
  const server = await stage(play, { describe });
  stages.push(server);
  return server;
}

/** A server whose steps take half a second each, and of which a cell with `lost` steps fails. */
const slow =
  (lost = 0): Play =>
  (cell) =>
    cell.sigmas.length === lost
      ? [event({ $case: "failed", value: { reason: 0, message: "no", stepsDone: 0 } })]
      : good(cell).map((one) =>
          one.event?.$case === "step" ? event({ $case: "step", value: { ...one.event.value, seconds: 0.5 } }) : one,
        );

test("a forecast uses a server's measured forwards, leaves out shared first steps, and runs nothing", async () => {
  const measured = [1, 2].map((batchSize) => ({ ...shape, batchSize, forwards: 9, seconds: batchSize / 10 }));
  const { address, requested } = await serverThat({ maxBatch: 2, measured });
  const forecasted = await forecast({ expansion, directory, servers: [address] });
  // Each sample takes 0.1 s at any batch size; three of four cells reuse the first step.
  expect(forecasted).toMatchObject({ finished: null, left: { cells: 4, steps: 18, evaluations: 18 } });
  expect(forecasted.passes).toMatchObject([
    { model: null, source: "server", shared: 3, evaluations: 18, server: { concurrency: 2 } },
  ]);
  expect(forecasted.seconds).toBeCloseTo(1.5, 12);
  expect(requested).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

test.each<[string, number, number | undefined]>([
  ["that does not batch", 1, undefined],
  ["that does not batch, with a concurrency of 4", 1, 4],
  ["with a concurrency of 1", 4, 1],
])("a server %s shares nothing", async (_, maxBatch, concurrency) => {
  const measured = [{ ...shape, batchSize: 1, forwards: 9, seconds: 0.1 }];
  const { address } = await serverThat({ maxBatch, measured });
  const forecasted = await forecast({ expansion, directory, servers: [address], concurrency });
  expect(forecasted.passes).toMatchObject([{ shared: 0 }]);
  expect(forecasted.seconds).toBeCloseTo(1.8, 12);
});

test("a forecast of an interrupted sweep covers the missing cells, from its record if no server has measurements", async () => {
  const { address } = await serverThat({}, slow(6));
  await runSweep({ experiment, directory, server: address });
  for (const servers of [[], [address]]) {
    const forecasted = await forecast({ expansion, directory, servers });
    expect(forecasted).toMatchObject({ finished: 2, left: { cells: 2, steps: 12, evaluations: 12 } });
    expect(forecasted.passes).toMatchObject([{ source: "record", cells: 2, estimate: { seconds: 6 } }]);
  }
  const { address: other } = await serverThat({ measured: [{ ...shape, batchSize: 1, forwards: 9, seconds: 0.1 }] });
  expect((await forecast({ expansion, directory, servers: [other] })).seconds).toBeCloseTo(1.2, 12);
});

test("a forecast of a complete sweep covers all cells again", async () => {
  const { address } = await serverThat({}, slow());
  await runSweep({ experiment, directory, server: address });
  const forecasted = await forecast({ expansion, directory, servers: [] });
  expect(forecasted).toMatchObject({ finished: 4, left: { cells: 0 }, seconds: 9 });
  expect(forecasted.passes).toMatchObject([{ cells: 4, server: null, device: { kind: "cpu" } }]);
});

test("without measurements there is no estimate", async () => {
  const { address } = await serverThat({ maxBatch: 4 });
  for (const servers of [[], [address]]) {
    const forecasted = await forecast({ expansion, directory, servers });
    expect(forecasted).toMatchObject({ seconds: null, passes: [{ source: null, estimate: null, cells: 4 }] });
  }
});

test("each model's cells are estimated from its own server; if one estimate is missing, there is no total", async () => {
  const models = expand({ name: "a", base: { ...base, steps: 10 }, grid: { model: ["random:a", "random:b"] } });
  const of = (id: string, seconds: number) =>
    serverThat({
      provenance: { ...provenance, model: { ...provenance.model, id, fingerprint: id } },
      measured: seconds > 0 ? [{ ...shape, batchSize: 1, forwards: 9, seconds }] : [],
    });
  const [a, b, unmeasured] = [await of("random:a", 0.1), await of("random:b", 0.3), await of("random:b", 0)];
  const both = await forecast({ expansion: models, directory, servers: [b.address, a.address] });
  expect(both.passes.map(({ model, estimate }) => [model, estimate?.seconds])).toEqual([
    ["random:a", expect.closeTo(1, 9)],
    ["random:b", expect.closeTo(3, 9)],
  ]);
  expect(both.seconds).toBeCloseTo(4, 9);
  const one = await forecast({ expansion: models, directory, servers: [a.address, unmeasured.address] });
  expect(one.seconds).toBe(null);
});

test("a forecast refuses what the sweep would refuse", async () => {
  const { address } = await serverThat({ shapeRules: { heightMultiple: 48 } });
  await expect(forecast({ expansion, directory, servers: [address] })).rejects.toThrow(/base\.height: height is 64/);
  await expect(forecast({ expansion, directory, servers: [], concurrency: 0 })).rejects.toThrow(/whole number from 1/);
  await expect(forecast({ expansion, directory, servers: [address], model: "m" })).rejects.toThrow(/has its own model/);
  const { address: good } = await serverThat({});
  await runSweep({ experiment, directory, server: good });
  const others = expand({ ...experiment, grid: { steps: [3, 7] } });
  await expect(forecast({ expansion: others, directory, servers: [] })).rejects.toThrow(
    /holds another experiment: steps 6 → 7/,
  );
  const model = { ...provenance.model, fingerprint: "sha256:4567" };
  const { address: changed } = await serverThat({ provenance: { ...provenance, model } });
  await expect(forecast({ expansion, directory, servers: [changed] })).rejects.toThrow(
    /holds another sweep: its model tiny has fingerprint sha256:0123, the server's tiny has sha256:4567/,
  );
});
