/** What a sweep says of itself beforehand, by servers that are played. */
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

test("a server's measured forwards say what a sweep takes, with what is shared left out, and nothing runs", async () => {
  const measured = [1, 2].map((batchSize) => ({ ...shape, batchSize, forwards: 9, seconds: batchSize / 10 }));
  const { address, asked } = await serverThat({ maxBatch: 2, measured });
  const told = await forecast({ expansion, directory, servers: [address] });
  // Rows are 0.1 s each, whatever the batch; three of four cells need not compute their first.
  expect(told).toMatchObject({ finished: null, left: { cells: 4, steps: 18, evaluations: 18 } });
  expect(told.passes).toMatchObject([
    { model: null, source: "server", shared: 3, evaluations: 18, server: { concurrency: 2 } },
  ]);
  expect(told.seconds).toBeCloseTo(1.5, 12);
  expect(asked).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

test.each<[string, number, number | undefined]>([
  ["that runs one row at a time", 1, undefined],
  ["that runs one row at a time, asked for several", 1, 4],
  ["that is asked for one cell at a time", 4, 1],
])("a server %s shares nothing", async (_, maxBatch, concurrency) => {
  const measured = [{ ...shape, batchSize: 1, forwards: 9, seconds: 0.1 }];
  const { address } = await serverThat({ maxBatch, measured });
  const told = await forecast({ expansion, directory, servers: [address], concurrency });
  expect(told.passes).toMatchObject([{ shared: 0 }]);
  expect(told.seconds).toBeCloseTo(1.8, 12);
});

test("of a sweep that has begun, what is left is told, by its own record where no server has measured anything", async () => {
  const { address } = await serverThat({}, slow(6));
  await runSweep({ experiment, directory, server: address });
  for (const servers of [[], [address]]) {
    const told = await forecast({ expansion, directory, servers });
    expect(told).toMatchObject({ finished: 2, left: { cells: 2, steps: 12, evaluations: 12 } });
    expect(told.passes).toMatchObject([{ source: "record", cells: 2, estimate: { seconds: 6 } }]);
  }
  const { address: other } = await serverThat({ measured: [{ ...shape, batchSize: 1, forwards: 9, seconds: 0.1 }] });
  expect((await forecast({ expansion, directory, servers: [other] })).seconds).toBeCloseTo(1.2, 12);
});

test("of a sweep that is done, all of it again is told", async () => {
  const { address } = await serverThat({}, slow());
  await runSweep({ experiment, directory, server: address });
  const told = await forecast({ expansion, directory, servers: [] });
  expect(told).toMatchObject({ finished: 4, left: { cells: 0 }, seconds: 9 });
  expect(told.passes).toMatchObject([{ cells: 4, server: null, device: { kind: "cpu" } }]);
});

test("where nothing was measured there is no estimate", async () => {
  const { address } = await serverThat({ maxBatch: 4 });
  for (const servers of [[], [address]]) {
    const told = await forecast({ expansion, directory, servers });
    expect(told).toMatchObject({ seconds: null, passes: [{ source: null, estimate: null, cells: 4 }] });
  }
});

test("each model's cells are told by its own server; without one of them there is no sum", async () => {
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

test("what the sweep would refuse is refused", async () => {
  const { address } = await serverThat({ shapeRules: { heightMultiple: 48 } });
  await expect(forecast({ expansion, directory, servers: [address] })).rejects.toThrow(/base\.height: height is 64/);
  await expect(forecast({ expansion, directory, servers: [], concurrency: 0 })).rejects.toThrow(/whole number from 1/);
  await expect(forecast({ expansion, directory, servers: [address], model: "m" })).rejects.toThrow(/has its own model/);
  const { address: good } = await serverThat({});
  await runSweep({ experiment, directory, server: good });
  const others = expand({ ...experiment, grid: { steps: [3, 7] } });
  await expect(forecast({ expansion: others, directory, servers: [] })).rejects.toThrow(
    /holds another sweep: .*steps=7/,
  );
  const model = { ...provenance.model, fingerprint: "sha256:4567" };
  const { address: changed } = await serverThat({ provenance: { ...provenance, model } });
  await expect(forecast({ expansion, directory, servers: [changed] })).rejects.toThrow(
    /holds another sweep: its model tiny has fingerprint sha256:0123, the server's tiny has sha256:4567/,
  );
});
