import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { good, type Stage, stage } from "../sweep/stage.ts";

/**
 * The client as `npm pack` makes it, unpacked into an empty folder. Its declared dependencies are linked from this
 * checkout, so that no registry is asked; what it does not declare is not there, nor is what it may go without.
 */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const root = new URL("../../", import.meta.url).pathname;
const MOST_BYTES = 3 * 2 ** 20;

let folder: string;
let packed: { size: number; files: { path: string }[] };
let server: Stage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "l1probe-packed-"));
  const { stdout } = await execa({ cwd: root })`npm pack --json --ignore-scripts --pack-destination ${folder}`;
  const [found] = JSON.parse(stdout);
  packed = found;
  const home = join(folder, "node_modules", "l1probe");
  await mkdir(home, { recursive: true });
  await execa`tar -xzf ${join(folder, found.filename)} -C ${home} --strip-components 1`;
  const { dependencies } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    const target = join(folder, "node_modules", name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(root, "node_modules", name), target);
  }
  server = await stage(good);
});
afterAll(() => server?.kill());

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa(process.execPath, ["node_modules/l1probe/dist/cli/main.js", ...words], {
    cwd: folder,
    reject: false,
    stdin: "ignore",
    env: { XDG_CACHE_HOME: join(folder, "cache"), XDG_DATA_HOME: join(folder, "data"), ...env },
  });

test("the package is the client: no server, model, test or map of sources", () => {
  expect(packed.size).toBeLessThan(MOST_BYTES);
  const paths = packed.files.map(({ path }) => path);
  for (const path of ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts", "dist/cli/main.js"])
    expect(paths).toContain(path);
  expect(paths.filter((path) => /^(?:server-py|test|tools|src|docs|runs)\/|\.map$|\.safetensors$/.test(path))).toEqual(
    [],
  );
});

test("it prints schedules, and runs and draws a sweep on a server", async () => {
  const schedule = await run(["schedule", "shift:7", "--steps", "5", "--format", "json"]);
  expect([schedule.stderr, JSON.parse(schedule.stdout)]).toEqual(["", expect.arrayContaining([1])]);
  await writeFile(
    join(folder, "a.yaml"),
    "name: a\nbase: { prompt: x, height: 64, width: 64, frames: 9, steps: 4, schedule: linear }\n",
  );
  const sweep = await run(["sweep", "a.yaml", "--server", server.address]);
  expect([sweep.exitCode, sweep.stdout.split("\n")[0]]).toEqual([0, "runs/a: 1 of 1 cells"]);
  for (const name of ["report.html", "figure.svg", "figure.png"])
    expect(existsSync(join(folder, "runs/a", name)), name).toBe(true);
});

test("what it goes without is named with its remedy: nodeplotlib, and a server on this machine", async () => {
  const shown = await run(["schedule", "shift:7", "--steps", "5", "--show"]);
  expect([shown.exitCode, shown.stderr]).toEqual([2, expect.stringContaining("npm install nodeplotlib")]);
  const local = await run(["sweep", "a.yaml", "--out", "other"]);
  expect([local.exitCode, local.stderr]).toEqual([3, expect.stringContaining("npx l1probe setup")]);
});

test("setup makes an environment with the server in it, where sweeps without --server look for it", async () => {
  // A Python that notes what it is asked for, as the server's packages are gigabytes.
  const python = join(folder, "python");
  const script = `#!/bin/sh
echo "$@" >> ${folder}/asked
[ "$2" = venv ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
exit 0
`;
  await writeFile(python, script, { mode: 0o755 });
  const done = await run(["setup", "--from", "l1probe.whl", "--python", python]);
  const venv = join(folder, "data", "l1probe", "venv");
  expect([done.exitCode, done.stdout]).toEqual([0, `${venv}: sweeps without --server start their server there`]);
  const asked = (await readFile(join(folder, "asked"), "utf8")).trim().split("\n").slice(1);
  expect(asked).toEqual([
    `-m venv ${venv}`,
    "-m pip install --upgrade l1probe.whl[server]",
    "-c import l1probe.serving.service",
  ]);
  expect(await readdir(join(venv, "bin"))).toEqual(["python"]);
  const started = await run(["sweep", "a.yaml", "--out", "other"]);
  expect(started.stderr).toContain("The local server exited with code 0 before it could serve");
  expect(await readFile(join(folder, "asked"), "utf8")).toMatch(/-m l1probe --host 127\.0\.0\.1 --port 0/);
});
