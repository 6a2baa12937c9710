import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ArtifactKind, DescribeResponse } from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { float32, safetensors } from "../experiment/latents.ts";
import { provenance } from "../record/sample.ts";
import { good, type Stage, stage } from "./stage.ts";

const rules = { axes: [{ times: 1 }, { times: 1, frames: true }], framesDivisor: 4, framesMultiple: 1, maxBytes: 100n };
const experiment = {
  name: "a",
  base: { prompt: "x", height: 64, width: 64, frames: 9, schedule: { sigmas: [0.5, 0.25] }, init: "kept.safetensors" },
  grid: { seed: [0, 1] },
};
const KEEP = { keep: [ArtifactKind.ARTIFACT_KIND_STATES] };

let directory: string;
let server: Stage;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "sweep");
  server = await stage(good, {
    describe: DescribeResponse.fromPartial({ provenance, samplers: ["euler"], startRules: rules }),
  });
});
afterEach(() => server.kill());

test("a start is sent with its cells and not recorded; a changed start is another sweep", async () => {
  let latents = float32([1, 3], 0.25);
  const ports = { readBytes: () => safetensors({ latents }) };
  const options = { experiment, directory, server: server.address, ports };
  await runSweep(options);
  expect(server.requested.map(({ start }) => start?.data)).toEqual([latents.data, latents.data].map(Buffer.from));
  expect(server.requested.map(({ start }) => start?.noised)).toEqual([true, true]);
  for (const file of ["manifest.json", "journal.jsonl"])
    expect(await readFile(join(directory, file), "utf8")).not.toContain(Buffer.from(latents.data).toString("base64"));
  const { manifest } = await readRecord(directory);
  expect(manifest.cells.map(({ cell }) => [cell.init, cell.start?.shape])).toEqual([
    ["kept.safetensors", [1, 3]],
    ["kept.safetensors", [1, 3]],
  ]);
  latents = float32([1, 3], 0.75);
  await expect(runSweep(options)).rejects.toThrow(/the start kept\.safetensors has changed since/);
});

test("a start that does not fit is refused before any cell runs", async () => {
  const ports = { readBytes: () => safetensors({ latents: float32([1, 4]) }) };
  const sweep = runSweep({ experiment, directory, server: server.address, ports });
  await expect(sweep).rejects.toMatchObject({ kind: "input", message: expect.stringContaining("latents of 1×3") });
  expect(server.requested).toHaveLength(0);
});

test.each([
  ["without a place", KEEP, /states-at is missing/],
  ["without keeping them", { statesAt: [1] }, /no states are kept/],
  ["after more steps than a cell has", { ...KEEP, statesAt: [1, 3] }, /states-at has 3, but .* has 2 steps/],
  ["in falling order", { ...KEEP, statesAt: [2, 1] }, /states-at has 1 in 2,1/],
  ["after no step", { ...KEEP, statesAt: [0] }, /states-at has 0/],
])("states %s are refused before any cell runs", async (_, options, message) => {
  const { init: _init, ...base } = experiment.base;
  const sweep = runSweep({ experiment: { ...experiment, base }, directory, server: server.address, ...options });
  await expect(sweep).rejects.toMatchObject({ kind: "input", message: expect.stringMatching(message) });
  expect(server.requested).toHaveLength(0);
});
