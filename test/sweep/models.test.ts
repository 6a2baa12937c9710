/** Sweeps whose cells name models, on fake servers. */
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { provisionalId } from "../../src/experiment/identity.ts";
import { readSource } from "../../src/experiment/source.ts";
import { type DeepPartial, DescribeResponse, Failed } from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { event } from "../client/fakeServer.ts";
import { picture } from "../experiment/pictures.ts";
import { provenance } from "../record/sample.ts";
import { good, type Play, type Stage, stage } from "./stage.ts";

const experiment = {
  name: "a",
  base: { prompt: "x", height: 64, width: 64, frames: 9, steps: 3, schedule: "linear" },
  grid: { seed: [0, 1], model: ["random:tiny-a", "models/b"] },
};

let directory: string;
const servers: Stage[] = [];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "sweep");
});
afterEach(() => {
  for (const server of servers.splice(0)) server.kill();
});

/** A server of the model `id`; its fingerprint is the id unless given. */
async function serverOf(id: string, said: DeepPartial<DescribeResponse> = {}, play: Play = good, fingerprint = id) {
  const model = { ...provenance.model, id, fingerprint };
  const server = await stage(play, {
    describe: DescribeResponse.fromPartial({ ...said, provenance: { ...provenance, model }, samplers: ["euler"] }),
  });
  servers.push(server);
  return server;
}

test("each cell runs on the server that reports its model; a folder matches by its last name", async () => {
  const [b, a] = [await serverOf("b"), await serverOf("random:tiny-a")];
  const end = await runSweep({ experiment, directory, server: [b.address, a.address] });
  expect(end).toMatchObject({ cells: 4, finished: 4, failed: 0 });
  const { manifest, cells } = await readRecord(directory);
  const idsOf = (model: string) => cells.filter(({ cell }) => cell.model === model).map(({ cellId }) => cellId);
  expect(a.requested.map(({ cellId }) => cellId)).toEqual(idsOf("random:tiny-a"));
  expect(b.requested.map(({ cellId }) => cellId)).toEqual(idsOf("models/b"));
  expect(manifest.axes).toEqual(["seed", "model"]);
  expect(Object.entries(manifest.models).map(([name, { model }]) => [name, model?.id])).toEqual([
    ["random:tiny-a", "random:tiny-a"],
    ["models/b", "b"],
  ]);
  // In the manifest's order, whatever the order of the servers.
  expect(rows(await readRecord(directory)).map(({ seed, model, step }) => [seed, model, step])).toEqual(
    [0, 1].flatMap((seed) => ["random:tiny-a", "models/b"].flatMap((model) => [0, 1, 2].map((k) => [seed, model, k]))),
  );
});

test("one server can run all cells of an experiment that names its model", async () => {
  const { address } = await serverOf("b");
  const named = { ...experiment, base: { ...experiment.base, model: "owner/b" }, grid: { seed: [0, 1] } };
  expect(await runSweep({ experiment: named, directory, server: address })).toMatchObject({ finished: 2 });
});

test.each<[string, string[], RegExp]>([
  ["no server runs", ["b"], /^grid\.model\[0\]: model is random:tiny-a, which no server runs; there is b at 127/],
  [
    "two servers run",
    ["random:tiny-a", "b", "b"],
    /^grid\.model\[1\]: model is models\/b, which several servers run \(b at .*, b at .*\); name one of them\.$/,
  ],
])("a model that %s is refused before any work", async (_, ids, message) => {
  for (const id of ids) await serverOf(id);
  const server = servers.map(({ address }) => address);
  await expect(runSweep({ experiment, directory, server })).rejects.toMatchObject({
    kind: "input",
    message: expect.stringMatching(message),
  });
  expect(servers.flatMap(({ requested }) => requested)).toEqual([]);
  await expect(readRecord(directory)).rejects.toThrow(/holds no manifest/);
});

test("a cell that does not fit the last of several servers is refused before the first runs any", async () => {
  const [a, b] = [await serverOf("random:tiny-a"), await serverOf("b", { shapeRules: { frameMultiple: 0 } })];
  await expect(runSweep({ experiment, directory, server: [a.address, b.address] })).rejects.toThrow(
    /frames is 9; the model makes images/,
  );
  expect(a.requested).toEqual([]);
});

test("several servers are refused if the cells name no model, and one server twice", async () => {
  const [a, b] = [await serverOf("a"), await serverOf("b")];
  const unnamed = { ...experiment, grid: { seed: [0, 1] } };
  await expect(runSweep({ experiment: unnamed, directory, server: [a.address, b.address] })).rejects.toThrow(
    /^The cells name no model, .*several servers \(a at .*, b at .*\)/,
  );
  await expect(runSweep({ experiment, directory, server: [a.address, a.address] })).rejects.toThrow(
    /is named twice; name it once\.$/,
  );
});

test("--model is refused if the experiment names models", async () => {
  await expect(runSweep({ experiment, directory, model: "c" })).rejects.toMatchObject({
    kind: "input",
    path: "grid.model[0]",
    message: expect.stringMatching(/^grid\.model\[0\]: model is random:tiny-a, .*\bc\b/),
  });
});

test("the same weights under two names are refused, since their cells would be equal", async () => {
  const [a, b] = [await serverOf("random:tiny-a", {}, good, "same"), await serverOf("b", {}, good, "same")];
  await expect(runSweep({ experiment, directory, server: [a.address, b.address] })).rejects.toThrow(
    /^The models random:tiny-a and models\/b of the experiment are the same \(same\)/,
  );
});

test("a sweep resumes model by model: finished models need no server, and other weights are refused", async () => {
  const a = await serverOf("random:tiny-a");
  const dying = await serverOf("b", {}, (cell) => {
    setTimeout(() => dying.kill(), 20);
    return good(cell).slice(0, 3);
  });
  await expect(runSweep({ experiment, directory, server: [a.address, dying.address] })).rejects.toMatchObject({
    kind: "unreachable",
  });
  const other = await serverOf("b", {}, good, "other");
  await expect(runSweep({ experiment, directory, server: other.address })).rejects.toThrow(
    /holds another sweep: its model b has fingerprint b, the server's b has other/,
  );
  const again = await serverOf("b");
  expect(await runSweep({ experiment, directory, server: again.address })).toMatchObject({ finished: 4, made: 2 });
  expect(a.requested).toHaveLength(2);
  expect(rows(await readRecord(directory))).toHaveLength(12);
  // Nothing is left to run.
  expect(await runSweep({ experiment, directory })).toMatchObject({ cells: 4, finished: 4, made: 0 });
});

test("until a model is resolved its cells are missing, under provisional ids", async () => {
  const a = await serverOf("random:tiny-a");
  const one = { ...experiment, grid: { model: ["random:tiny-a"] } };
  await runSweep({ experiment: one, directory, server: a.address });
  const file = join(directory, "manifest.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  const [first] = manifest.cells;
  const waiting = { ...first.cell, model: "models/b" };
  manifest.cells.push({ cellId: provisionalId(waiting), cell: waiting });
  await writeFile(file, JSON.stringify(manifest));
  expect((await readRecord(directory)).cells.map(({ status }) => status)).toEqual(["finished", "missing"]);
  const b = await serverOf("b");
  await runSweep({
    experiment: { ...experiment, grid: { model: ["random:tiny-a", "models/b"] } },
    directory,
    server: b.address,
  });
  const { cells } = await readRecord(directory);
  expect(cells.map(({ cellId }) => cellId)).toEqual([first.cellId, b.requested[0]?.cellId]);
  expect(b.requested[0]?.cellId).not.toBe(provisionalId(waiting));
});

/** Writes a record like older versions, whose ids began without a letter. */
async function withoutLetters(): Promise<void> {
  for (const name of ["manifest.json", "journal.jsonl"]) {
    const file = join(directory, name);
    await writeFile(file, (await readFile(file, "utf8")).replaceAll(/"c([0-9a-f]{12})"/g, '"$1"'));
  }
}

test("a record whose ids begin without a letter reads and resumes, with the ids of its finished cells unchanged", async () => {
  const failed = event({ $case: "failed", value: Failed.fromPartial({ message: "no room" }) });
  const fails: Play = (cell) => (cell.seed === 1n ? [...good(cell).slice(0, 2), failed] : good(cell));
  const one = { name: "a", base: { ...experiment.base, seed: 0 }, grid: { seed: [0, 1] } };
  const first = await serverOf("b", {}, fails);
  await runSweep({ experiment: one, directory, server: first.address });
  await withoutLetters();
  const old = (await readRecord(directory)).cells;
  expect(old.map(({ status }) => status)).toEqual(["finished", "failed"]);
  for (const { cellId } of old) expect(cellId).toMatch(/^[0-9a-f]{12}$/);
  const again = await serverOf("b");
  expect(await runSweep({ experiment: one, directory, server: again.address })).toMatchObject({ finished: 2, made: 1 });
  expect((await readRecord(directory)).cells.map(({ cellId }) => cellId)).toEqual(old.map(({ cellId }) => cellId));
});

test("a committed record of an earlier version resumes on a server of its model", async () => {
  await cp(new URL("../record/fixtures/before", import.meta.url), directory, { recursive: true });
  const old = await readRecord(directory);
  const { experiment: asked } = old.manifest;
  for (const { cellId } of old.cells) expect(cellId).toMatch(/^[0-9a-f]{12}$/);
  const server = await stage(good, {
    describe: DescribeResponse.fromPartial({ provenance: old.manifest.provenance, samplers: ["euler", "heun"] }),
  });
  servers.push(server);
  const source = readSource(asked.text, asked.file);
  const end = await runSweep({
    experiment: source,
    profile: asked.profile ?? undefined,
    directory,
    server: server.address,
  });
  expect(end).toMatchObject({ cells: 4, finished: 4, made: 2, failed: 0 });
  expect((await readRecord(directory)).cells.map(({ cellId }) => cellId)).toEqual(
    old.cells.map(({ cellId }) => cellId),
  );
});

test("one model under two names is also refused in a record whose ids begin without a letter", async () => {
  const a = await serverOf("random:tiny-a", {}, good, "same");
  const two = { ...experiment, grid: { model: ["random:tiny-a", "models/b"] } };
  await runSweep({ experiment: { ...two, grid: { model: ["random:tiny-a"] } }, directory, server: a.address });
  const file = join(directory, "manifest.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  const waiting = { ...manifest.cells[0].cell, model: "models/b" };
  manifest.cells.push({ cellId: provisionalId(waiting), cell: waiting });
  await writeFile(file, JSON.stringify(manifest));
  await withoutLetters();
  const b = await serverOf("b", {}, good, "same");
  await expect(runSweep({ experiment: two, directory, server: b.address })).rejects.toThrow(/models\/b .*are the same/);
  expect(b.requested).toHaveLength(0);
});

test("an image is sent with its cell and not recorded; a changed image is another sweep", async () => {
  const { address, requested } = await serverOf("b", { image: 2 });
  const base = { ...experiment.base, height: 24, width: 40, image: "red.png" };
  const pictured = { name: "a", base, grid: { seed: [0, 1] } };
  let bytes = picture;
  const options = { experiment: pictured, directory, server: address, ports: { readBytes: () => bytes } };
  await runSweep(options);
  expect(requested.map(({ image }) => image && Buffer.from(image).equals(picture))).toEqual([true, true]);
  for (const file of ["manifest.json", "journal.jsonl"])
    expect(await readFile(join(directory, file), "utf8")).not.toContain(Buffer.from(picture).toString("base64"));
  const { manifest } = await readRecord(directory);
  expect(manifest.cells.map(({ cell }) => cell.image)).toEqual(["red.png", "red.png"]);
  bytes = Buffer.concat([picture, Buffer.from([0])]);
  await expect(runSweep(options)).rejects.toThrow(
    /holds another experiment: the picture red\.png has changed since \(sha256 [0-9a-f]{12}… then, [0-9a-f]{12}… now\)/,
  );
});
