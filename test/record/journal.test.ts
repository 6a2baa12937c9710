import { appendFileSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import { type PairSums, Step, type Sums } from "../../src/generated/l1probe/v1/probe.ts";
import { DIFFERENCES, LAYOUT, SIGNALS } from "../../src/record/evaluations.ts";
import { type Entry, formatEntry, LineReader } from "../../src/record/journal.ts";
import { readRecord } from "../../src/record/read.ts";
import { openRecord } from "./opened.ts";
import { manifestOf, run, video } from "./sample.ts";

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "l1probe-")), "sweep");
});

const manifest = manifestOf([0, 1]);
const [first, second] = manifest.cells;
if (first === undefined || second === undefined) throw new Error("the sample lacks cells");

/** Opens the sweep, writes entries, closes it. */
async function write(entries: readonly Entry[]): Promise<void> {
  const { journal, close } = await openRecord(directory, manifest);
  for (const entry of entries) journal.append(entry);
  close();
}

const journalFile = () => join(directory, "journal.jsonl");

const started = run(first, "r1")[0];
if (started === undefined) throw new Error("the sample does not start");

/** A step's entry after a line and back, with its sums by latent frame. */
function written(body: Step): { readonly line: string; readonly read: Entry } {
  const reader = new LineReader();
  reader.readWhole(bytes(formatEntry(started as Entry)));
  const line = formatEntry({ ...(started as Entry), event: "step", body });
  return { line, read: reader.readWhole(bytes(line)) };
}
const bytes = (line: string) => Buffer.from(line.trimEnd());

const double = fc.double().map((value) => (Object.is(value, -0) ? 0 : value));
const count = fc.bigInt(0n, 2n ** 53n - 1n);
const sums: fc.Arbitrary<Sums> = fc.record({
  count,
  sumAbs: double,
  sumSquares: double,
  min: double,
  max: double,
  nonFinite: count,
});
const pairs: fc.Arbitrary<PairSums> = fc.record({
  count,
  sumAbsDifference: double,
  sumSquaredDifference: double,
  sumProduct: double,
  sumAbsReference: double,
});
const whole = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Steps of three latent frames, or without sums by latent frame. */
const step: fc.Arbitrary<Step> = fc.constantFrom(0, 3).chain((frames) => {
  const all = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: frames, maxLength: frames });
  return fc.record({
    step: whole,
    evaluation: whole,
    trueCfgScale: double,
    sigma: double,
    sigmaNext: double,
    timestep: double,
    signals: fc
      .subarray([...SIGNALS])
      .chain((some) =>
        fc.tuple(...some.map((signal) => fc.record({ signal: fc.constant(signal), whole: sums, frames: all(sums) }))),
      ),
    differences: fc
      .subarray([...DIFFERENCES])
      .chain((some) =>
        fc.tuple(
          ...some.map((difference) =>
            fc.record({ difference: fc.constant(difference), whole: pairs, frames: all(pairs) }),
          ),
        ),
      ),
    seconds: double,
    batchSize: whole,
    expert: fc.constantFrom("", "transformer", "transformer_2"),
    shared: fc.boolean(),
  });
});

test("any step survives a line, to the last bit: finite, subnormal, NaN and infinite", () => {
  fc.assert(
    fc.property(step, (body) => {
      const { line, read } = written(body);
      expect(line.indexOf("\n")).toBe(line.length - 1);
      expect(read).toEqual({ ...started, event: "step", body });
    }),
    { numRuns: 200 },
  );
});

test("a step is read into memory as it was streamed, without its sums by latent frame", () => {
  fc.assert(
    fc.property(step, (body) => {
      const reader = new LineReader();
      reader.read(bytes(formatEntry(started)));
      const { event, body: read } = reader.read(bytes(written(body).line));
      if (event !== "step") throw new Error("not a step");
      const doubles = (message: object | undefined) =>
        message && Object.fromEntries(Object.entries(message).map(([name, value]) => [name, Number(value)]));
      const { step: number, evaluation, sigma, sigmaNext, timestep, seconds, batchSize, expert, shared } = body;
      const own = { step: number, evaluation, sigma, sigmaNext, timestep, seconds, batchSize, expert, shared };
      expect({
        ...own,
        ...Object.fromEntries(Object.keys(own).map((key) => [key, read[key as keyof typeof own]])),
      }).toEqual(own);
      for (const one of SIGNALS)
        expect(read.sums(one)).toEqual(doubles(body.signals.find(({ signal }) => signal === one)?.whole));
      for (const one of DIFFERENCES)
        expect(read.pairs(one)).toEqual(doubles(body.differences.find(({ difference }) => difference === one)?.whole));
    }),
    { numRuns: 200 },
  );
});

test("a step line that was torn and continued by another line is no entry", () => {
  const others = run(first, "r", { end: "finished" }).map(formatEntry);
  fc.assert(
    fc.property(step, fc.nat(), (body, at) => {
      const { line } = written(body);
      for (const other of others) {
        const reader = new LineReader();
        reader.read(bytes(formatEntry(started)));
        expect(() => reader.read(bytes(`${line.slice(0, 1 + (at % (line.length - 2)))}${other}`))).toThrow();
      }
    }),
    { numRuns: 200 },
  );
});

test("non-finite numbers are strings in the file", () => {
  const { line } = written(
    Step.fromPartial({
      signals: [
        { signal: 2, whole: { sumAbs: Number.NaN, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY } },
      ],
    }),
  );
  const { values } = JSON.parse(line);
  const value = (sum: string) => values[LAYOUT.indexOf(`signals.cond.${sum}`)];
  expect(["sum_abs", "min", "max"].map(value)).toEqual(["NaN", "-Infinity", "Infinity"]);
});

test("steps are read by the layout of their attempt, and keys and columns of a later version are passed over", () => {
  const reader = new LineReader();
  const line = (json: object) => bytes(JSON.stringify({ time: "t", cell: "c", run: "r", later: 1, ...json }));
  reader.read(line({ event: "started", body: {}, layout: ["expert", "later.sum", "sigma"] }));
  const { body } = reader.readWhole(line({ event: "step", values: ["high", 3, 0.5] }));
  expect(body).toMatchObject({ expert: "high", sigma: 0.5, step: 0, signals: [] });
  expect(() => reader.read(line({ event: "step", values: ["high", 3] }))).toThrow(/2 values/);
  expect(() => reader.read(line({ event: "step", values: ["high", 3, "much"] }))).toThrow(/sigma is "much"/);
});

test("what was written is read: finished, failed and missing cells in the manifest's order", async () => {
  await write([...run(second, "r2", { end: "finished" }), ...run(first, "r1", { end: "failed", upTo: 1 })]);
  const { cells, warnings } = await readRecord(directory);
  expect(warnings).toEqual([]);
  expect(cells.map(({ status, steps }) => [status, steps.length])).toEqual([
    ["failed", 0],
    ["finished", 2],
  ]);
  expect(cells[0]?.failed?.message).toBe("no room");
  expect(cells[1]?.started?.runId).toBe("r2");
});

test("a cell's rows are those of its first finished attempt", async () => {
  await write([
    ...run(first, "r1", { upTo: 1, value: 10 }),
    ...run(first, "r2", { end: "failed", value: 20 }),
    ...run(first, "r3", { end: "finished", value: 30 }),
    ...run(first, "r4", { end: "finished", value: 40 }),
    ...run(first, "r5", { upTo: 1, value: 50 }),
  ]);
  const record = await readRecord(directory);
  expect(rows(record).map((row) => row.cond_abs_mean)).toEqual([3, 6]);
});

test("attempts of two servers with the same run id stay separate", async () => {
  await write([...run(first, "run-1", { upTo: 1, value: 10 }), ...run(first, "run-1", { end: "finished", value: 30 })]);
  expect(rows(await readRecord(directory)).map((row) => row.cond_abs_mean)).toEqual([3, 6]);
});

test("a journal cut at any byte of its last line is read without it, and can be continued", async () => {
  const whole = run(first, "r1", { end: "finished" });
  const next = run(second, "r2", { end: "finished" });
  await write([...whole, ...next]);
  const text = await readFile(journalFile());
  const table = rows(await readRecord(directory));
  const lastLine = text.lastIndexOf("\n", text.length - 2) + 1;
  for (let length = lastLine; length < text.length; length++) {
    await writeFile(journalFile(), text.subarray(0, length));
    const torn = await readRecord(directory);
    expect(torn.cells.map(({ status }) => status)).toEqual(["finished", "missing"]);
    expect(torn.warnings).toHaveLength(length === lastLine ? 0 : 1);
    await write(run(second, "r3", { end: "finished" }));
    const mended = await readRecord(directory);
    expect(mended.warnings).toEqual([]);
    expect(rows(mended)).toEqual(table);
  }
});

test.each(['{"event":"st\n', "\0\0\0\0", "\0\0\n", "\n"])("a last line of %j is torn, too", async (garbage) => {
  await write(run(first, "r1", { end: "finished" }));
  appendFileSync(journalFile(), garbage);
  const { cells, warnings } = await readRecord(directory);
  expect(cells.map(({ status }) => status)).toEqual(["finished", "missing"]);
  expect(warnings).toHaveLength(1);
  await write(run(second, "r2", { end: "finished" }));
  expect((await readRecord(directory)).cells.map(({ status }) => status)).toEqual(["finished", "finished"]);
});

test("a torn line in the middle is refused with its number", async () => {
  await write(run(first, "r1", { end: "finished" }));
  const lines = (await readFile(journalFile(), "utf8")).split("\n");
  lines[1] = lines[1]?.slice(0, 30) ?? "";
  await writeFile(journalFile(), lines.join("\n"));
  await expect(readRecord(directory)).rejects.toMatchObject({
    kind: "input",
    message: expect.stringContaining("journal.jsonl:2 "),
  });
});

test.each<[string, Entry[]]>([
  ["a step of a run that has not started", run(first, "r1").slice(1)],
  ["a step of another run", [...run(first, "r1", { upTo: 0 }), ...run(first, "r2").slice(1)]],
])("%s is refused with its line", async (_, entries) => {
  await write(entries);
  await expect(readRecord(directory)).rejects.toThrow(/journal\.jsonl:\d .*has not started/);
});

test("a cell of another sweep is refused with its line", async () => {
  await write([]);
  const stranger = { cellId: "feedfacebeef", cell: first.cell };
  appendFileSync(journalFile(), run(stranger, "r").map(formatEntry).join(""));
  await expect(readRecord(directory)).rejects.toThrow(/journal\.jsonl:1 .*feedfacebeef is not in the manifest/);
});

test("artifacts are below the cell's folder, and a server cannot name another place", async () => {
  const [started, ...others] = run(first, "r1", { end: "finished" });
  const finished = others.pop();
  if (started === undefined || finished?.event !== "finished") throw new Error("the sample does not finish");
  const ended = (fileName: string): Entry => ({
    ...finished,
    body: { ...finished.body, artifacts: [{ ...video, fileName }] },
  });
  await write([started, ...others, ended("clip.mp4")]);
  expect((await readRecord(directory)).cells[0]?.artifacts).toEqual([
    { artifact: video, path: `artifacts/${first.cellId}/clip.mp4` },
  ]);
  await write([...run(second, "r2"), { ...ended("../../clip.mp4"), cellId: second.cellId, runId: "r2" }]);
  await expect(readRecord(directory)).rejects.toThrow(/plain file name/);
});

test("a folder without a sweep is refused", async () => {
  await expect(readRecord(directory)).rejects.toMatchObject({
    kind: "input",
    message: expect.stringContaining("manifest.json"),
  });
});
