import { existsSync } from "node:fs";
import { mkdtemp, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Metadata, status } from "@grpc/grpc-js";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkOutput } from "../../src/cli/export.ts";
import { readSource } from "../../src/experiment/source.ts";
import { Failed } from "../../src/generated/l1probe/v1/probe.ts";
import { readRecord } from "../../src/record/read.ts";
import { runSweep } from "../../src/sweep/runSweep.ts";
import { event } from "../client/fakeServer.ts";
import { runs } from "../processes.ts";
import { good, type Play, type Stage, stage } from "../sweep/stage.ts";
import { l1probe, start } from "./command.ts";

vi.setConfig({ testTimeout: 60_000 });

let cwd: string;
const servers: Stage[] = [];
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-"));
  await writeFile(
    join(cwd, "a.yaml"),
    'name: a\nbase: { prompt: "x, y", height: 64, width: 64, frames: 9, steps: 40, schedule: linear }\ngrid: { seed: [0, 1, 2] }\n',
  );
});
afterEach(() => {
  for (const server of servers.splice(0)) server.kill();
});

async function on(play: Play, ...more: string[]) {
  return drawn(play, "--no-report", ...more);
}

async function drawn(play: Play, ...more: string[]) {
  const server = await stage(play);
  servers.push(server);
  return l1probe(["sweep", "a.yaml", "--server", server.address, ...more], { cwd });
}

const fails: Play = (cell) =>
  cell.seed === 1n
    ? [...good(cell).slice(0, 3), event({ $case: "failed", value: Failed.fromPartial({ message: "out of memory" }) })]
    : good(cell);
const refuses: Play = (_, call) => {
  call.emit("error", { code: status.INVALID_ARGUMENT, details: "cell.prompt is odd", metadata: new Metadata() });
  return [];
};

test("a sweep that is done exits with 0, says where its files are, and is done the second time", async () => {
  const { code, out, err } = await drawn(good);
  expect(err).not.toContain("\u001b");
  expect(err).toMatch(/^asking the server at 127\.0\.0\.1:\d+\ncells 0\/3 · steps 0\/120\n/);
  expect(err).toMatch(/cells 3\/3 · steps 120\/120 · [\d.e+]+ steps\/s$/);
  expect(out.split("\n")[0]).toBe("runs/a: 3 of 3 cells");
  for (const file of out.split("\n").slice(1)) expect(existsSync(join(cwd, file)), file).toBe(true);
  expect(out).toContain("runs/a/report.html");
  expect(code).toBe(0);
  const { command } = JSON.parse(await readFile(join(cwd, "runs/a/manifest.json"), "utf8"));
  expect(command).toMatch(/^npx l1probe sweep a\.yaml --server 127\.0\.0\.1:\d+$/);
  expect((await on(() => [])).code).toBe(0);
  // The report of a complete sweep is not drawn again, and is again once it is older than the record.
  const page = join(cwd, "runs/a/report.html");
  const before = await stat(page);
  const again = await l1probe(["sweep", "a.yaml"], { cwd, env: { L1PROBE_PYTHON: "/nonexistent/python" } });
  expect([again.code, again.out]).toEqual([0, out]);
  expect((await stat(page)).mtimeMs).toBe(before.mtimeMs);
  await utimes(join(cwd, "runs/a/journal.jsonl"), new Date(), new Date());
  await l1probe(["sweep", "a.yaml"], { cwd });
  expect((await stat(page)).mtimeMs).toBeGreaterThan(before.mtimeMs);
});

test("--quiet shows no progress, --out names the folder", async () => {
  const { code, out, err } = await on(good, "--quiet", "--out", "here");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toBe("here: 3 of 3 cells");
});

test("a sweep of which cells failed exits with 1, keeps the others, and mends itself", async () => {
  const { code, out, err } = await on(fails);
  expect(err).toContain("note: seed=1 failed: out of memory\n");
  expect(out).toBe("runs/a: 2 of 3 cells");
  expect(code).toBe(1);
  const again = await on(good);
  expect([again.code, again.out.split("\n")[0]]).toEqual([0, "runs/a: 3 of 3 cells"]);
});

test("a sweep of which the server refuses every cell exits with 2", async () => {
  const { code, err } = await on(refuses);
  expect(err).toContain("note: seed=0 was refused: cell.prompt is odd.");
  expect(code).toBe(2);
});

test("ls lists sweeps with their finished cells and state, for people and for programs", async () => {
  const experiment = readSource(await readFile(join(cwd, "a.yaml"), "utf8"), "a.yaml");
  for (const [play, name] of [
    [fails, "runs/a"],
    [good, "runs/deep/b"],
  ] as const) {
    const server = await stage(play);
    servers.push(server);
    await runSweep({ experiment, directory: join(cwd, name), server: server.address });
  }
  const { code, out } = await l1probe(["ls"], { cwd });
  const [head, ...lines] = out.split("\n");
  expect([code, head?.trim().split(/ {2,}/)]).toEqual([0, ["directory", "name", "cells", "model", "created", "state"]]);
  expect(
    lines.map((line) =>
      line
        .trim()
        .split(/ {2,}/)
        .filter((_, i) => i !== 4),
    ),
  ).toEqual([
    ["runs/deep/b", "a", "3/3", "tiny", "complete"],
    ["runs/a", "a", "2/3", "tiny", "failed"],
  ]);
  const json = JSON.parse((await l1probe(["ls", "runs", "--format", "json"], { cwd })).out);
  expect(json[1]).toMatchObject({ directory: "runs/a", cells: 3, finished: 2, failed: 1, state: "failed" });
  expect((await l1probe(["ls", "nowhere"], { cwd })).code).toBe(2);
});

test("a server that is not there, or goes away, is exit code 3; so is a Python that is not there", async () => {
  const there = await stage(() => []);
  there.kill();
  const gone = await l1probe(["sweep", "a.yaml", "--server", there.address], { cwd });
  expect(gone.err).toMatch(
    /^asking the server at .*\nl1probe: No l1probe server answers at 127\.0\.0\.1:\d+ \(.*\); start one there with `make serve`/,
  );
  expect(gone.code).toBe(3);
  expect(existsSync(join(cwd, "runs"))).toBe(false);
  const dies = await on((cell) => {
    setTimeout(() => servers[0]?.kill(), 50);
    return good(cell).slice(0, 5);
  });
  expect(dies.code).toBe(3);
  const none = await l1probe(["sweep", "a.yaml"], { cwd, env: { L1PROBE_PYTHON: "/nonexistent/python" } });
  expect(none.err).toMatch(/^starting a server on this machine\nl1probe: No Python runs at \/nonexistent\/python/);
  expect(none.code).toBe(3);
});

test("a folder below a file exits with 2 and is not reported as a bug of l1probe", async () => {
  const { code, err } = await on(good, "--out", "a.yaml/x");
  expect(err).toMatch(/l1probe: a\.yaml\/x is a file, or is below one/);
  expect(err).not.toContain("bug");
  expect(code).toBe(2);
});

/** Changes the experiment's text. */
async function edit(from: string, to: string): Promise<void> {
  const text = await readFile(join(cwd, "a.yaml"), "utf8");
  expect(text).toContain(from);
  await writeFile(join(cwd, "a.yaml"), text.replace(from, to));
}

test("a changed experiment in an old folder is refused with what differs, and --extend runs only its new cells", async () => {
  const first = await stage(good);
  servers.push(first);
  await l1probe(["sweep", "a.yaml", "--server", first.address, "--no-report"], { cwd });
  await edit("[0, 1, 2]", "[0, 1, 3]");
  await edit("schedule: linear }\ngrid: {", 'steps: 40 }\ngrid: { schedule: [linear, "shift:7"],');
  await edit("steps: 40, steps: 40", "steps: 40");
  const refused = await on(good);
  expect(refused.err).toMatch(
    /^l1probe: runs\/a holds another experiment: seed 2 → 3; \+ schedule shift:7\. 2 of 6 cells are the same; add --extend/,
  );
  expect(refused.code).toBe(2);
  const second = await stage(good);
  servers.push(second);
  const again = ["sweep", "a.yaml", "--server", second.address, "--no-report", "--extend"];
  const dry = await l1probe([...again.slice(0, -2), "--extend", "--dry-run"], { cwd });
  expect(dry.out).toContain("runs/a has 2 of the 6 cells");
  const grown = await l1probe(again, { cwd });
  expect([grown.code, grown.out]).toEqual([0, "runs/a: 6 of 6 cells"]);
  const run = second.requested.map(({ seed, sigmas }) => `${(sigmas[1] ?? 1) < 0.98 ? "linear" : "shift:7"} ${seed}`);
  expect(run.sort()).toEqual(["linear 3", "shift:7 0", "shift:7 1", "shift:7 3"]);
  expect(grown.err).toContain("2 of 6 cells were there; 1 earlier cell stays in the journal and out of tables");
  const { cells, warnings } = await readRecord(join(cwd, "runs/a"));
  expect(cells.map(({ status, cell }) => [status, cell.schedule, cell.seed])).toEqual(
    ["linear", "shift:7"].flatMap((schedule) => [0, 1, 3].map((seed) => ["finished", schedule, seed])),
  );
  expect(warnings).toEqual([]);
  // The first experiment again: nothing is left to run, so its server is not even asked.
  await edit("[0, 1, 3]", "[0, 1, 2]");
  await edit('schedule: [linear, "shift:7"]', "schedule: [linear]");
  const back = await l1probe(["sweep", "a.yaml", "--extend", "--no-report"], {
    cwd,
    env: { L1PROBE_PYTHON: "/nonexistent/python" },
  });
  expect([back.code, back.out]).toEqual([0, "runs/a: 3 of 3 cells"]);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s stops a sweep with 130, and the same command goes on", async (signal) => {
  let cancelled = false;
  const server = await stage((cell, call) => {
    if (cell.seed === 0n) return good(cell);
    call.on("cancelled", () => {
      cancelled = true;
    });
    return good(cell).slice(0, 5);
  });
  servers.push(server);
  const running = start(["sweep", "a.yaml", "--server", server.address], { cwd });
  await expect.poll(() => server.requested.length, { timeout: 30_000 }).toBe(2);
  await expect
    .poll(() => readFile(join(cwd, "runs/a/journal.jsonl"), "utf8").then((text) => text.split("\n").length), {
      timeout: 10_000,
    })
    .toBeGreaterThan(45);
  running.kill(signal);
  const { exitCode, stderr } = await running;
  expect(stderr).toMatch(
    /Stopping after this step; .*\n(.*\n)*l1probe: Stopped with 1 of 3 cells in runs\/a; .*same command.*/,
  );
  expect(exitCode).toBe(130);
  await expect.poll(() => cancelled).toBe(true);
  const again = await on(good);
  expect([again.code, again.out.split("\n")[0]]).toEqual([0, "runs/a: 3 of 3 cells"]);
});

test("an export is read by head without a word, and written to a file whole", async () => {
  await on(good);
  const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;
  const piped = await execa({
    cwd,
    shell: "bash",
    reject: false,
  })`set -o pipefail; ${process.execPath} ${main} export runs/a --format jsonl | head -c 100`;
  expect([piped.stdout.length, piped.stderr, piped.exitCode]).toEqual([100, "", 0]);
  const { out } = await l1probe(["export", "runs/a", "--format", "csv"], { cwd });
  expect(out.split("\n")).toHaveLength(121);
  const written = await l1probe(["export", "runs/a", "--format", "csv", "--output", "deep/a.csv"], { cwd });
  expect(written).toEqual({ code: 0, out: "deep/a.csv: 120 rows", err: "" });
  expect(await readFile(join(cwd, "deep/a.csv"), "utf8")).toBe(`${out}\n`);
  const parquet = await l1probe(["export", "runs/a", "--format", "parquet", "--output", "a.parquet"], { cwd });
  expect([parquet.code, parquet.out]).toEqual([0, "a.parquet: 120 rows"]);
  expect((await readFile(join(cwd, "a.parquet"))).subarray(0, 4).toString()).toBe("PAR1");
  const files = await l1probe(["export", "runs/a", "--format", "trackio", "-o", "deep/runs"], { cwd });
  expect(files.out.split("\n")).toEqual(
    Array(3).fill(expect.stringMatching(/^deep\/runs\/c[0-9a-f]{12}\.csv: 40 rows$/)),
  );
  const refused = await l1probe(["export", "runs/a", "--format", "csv-per-cell", "-o", "a.parquet"], { cwd });
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/a\.parquet is a file; .* name a folder/)]);
});

test("export --format parquet to a terminal is refused without --output, and so is a folder as the output", () => {
  const refusal = (format: "csv" | "parquet", output: string | undefined, terminal: boolean) => () =>
    checkOutput(format, output, terminal);
  expect(refusal("parquet", undefined, true)).toThrow(/parquet .*terminal; .*--output FILE/);
  expect(refusal("csv", tmpdir(), false)).toThrow(/--output .* is a folder/);
  for (const [format, output, terminal] of [
    ["parquet", undefined, false],
    ["parquet", "a.parquet", true],
    ["csv", undefined, true],
  ] as const)
    expect(refusal(format, output, terminal)).not.toThrow();
});

test("an export of a sweep that is not whole says so", async () => {
  await on(fails);
  const { code, err, out } = await l1probe(["export", "runs/a", "--format", "csv"], { cwd });
  expect(err).toMatch(/^warning: 1 of 3 cells have no rows, .*did not finish\.$/);
  expect(out.split("\n")).toHaveLength(81);
  expect(code).toBe(0);
});

test("doctor says what is installed, and exits with 3 where a named server does not answer", async () => {
  const server = await stage(() => []);
  servers.push(server);
  const { code, out, err } = await l1probe(["doctor", "--server", server.address]);
  expect(out).toMatch(/^ok {5} +node +\d+\./m);
  expect(err).toMatch(/does not support l1probe\.v1|No l1probe server/);
  expect(code).toBe(3);
  const bare = await l1probe(["doctor"], { env: { L1PROBE_PYTHON: "/nonexistent/python" } });
  expect(bare.out).toMatch(/^missing python .*\/nonexistent\/python; .*L1PROBE_PYTHON/m);
  expect(bare.code).toBe(3);
  const json = await l1probe(["doctor", "--format", "json"], { env: { L1PROBE_PYTHON: "/nonexistent/python" } });
  expect(JSON.parse(json.out)).toContainEqual({
    good: false,
    what: "python",
    how: expect.stringContaining("L1PROBE_PYTHON"),
  });
});

test("a second Ctrl-C ends at once, and takes a server with it that will not go", async () => {
  const note = join(cwd, "pid");
  const stubborn = join(cwd, "python.mjs");
  const script = `import { writeFileSync } from "node:fs";
process.on("SIGTERM", () => {});
setInterval(() => {}, 1000);
writeFileSync(${JSON.stringify(note)}, String(process.pid));`;
  await writeFile(stubborn, `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
  const running = start(["sweep", "a.yaml"], { cwd, env: { L1PROBE_PYTHON: stubborn } });
  await expect.poll(() => existsSync(note), { timeout: 20_000 }).toBe(true);
  running.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now();
  running.kill("SIGINT");
  expect((await running).exitCode).toBe(130);
  expect(performance.now() - began).toBeLessThan(2_000);
  const pid = Number(await readFile(note, "utf8"));
  await expect.poll(() => runs(pid)).toBe(false);
});
