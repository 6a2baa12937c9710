import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stopGroup } from "../../src/client/localServer.ts";

/**
 * Every command of the README, of the experiments' page, of the first hour and of the recipes runs as it stands there,
 * in its order, in a copy of its place. Only what a test cannot have is replaced, and listed: a GPU host and a model hub.
 */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const root = new URL("../../", import.meta.url).pathname;
const [readme = "", japanese = "", experimentsPage = "", startPage = "", recipesPage = ""] = await Promise.all(
  ["README.md", "README.ja.md", "docs/experiments.md", "docs/start.md", "docs/recipes.md"].map((page) =>
    readFile(join(root, page), "utf8"),
  ),
);
const PORT = "50151";

/** The lines of a page's shell blocks, without their comments. */
const commandsOf = (page: string) =>
  [...page.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
/** A page's YAML blocks that are whole experiments. */
const experimentsOf = (page: string) =>
  [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = ""]) => block).filter((block) => /^name:/m.test(block));

const beforeFirstHour = [...commandsOf(readme), ...commandsOf(experimentsPage)];
const known = [...beforeFirstHour, ...commandsOf(startPage)];
/** Recipes mostly repeat the other pages' commands, and read their records. */
const commands = [...known, ...commandsOf(recipesPage).filter((line) => !known.includes(line))];
/** The configuration of the first hour. */
const [, configuration = ""] = /^```toml\n(.*?)^```/ms.exec(startPage) ?? [];

/** What a test cannot have, and what it has instead. */
const replaced: readonly [documented: string, run: string | null, why: string][] = [
  ["make test", null, "it runs this test"],
  ["make sweep", "make sweep OUT=$CWD/runs/quickstart", "the checkout's own runs/ is not a test's to write"],
  ["make serve MODEL=hunyuanvideo-community/HunyuanVideo", "make serve", "no hub: the bundled model is served"],
  [
    "npx l1probe recommend experiments/held-out.yaml",
    `npx l1probe recommend experiments/held-out.yaml --server 127.0.0.1:${PORT} --windows 6/3 --steps 4 --check none`,
    "a measurement of a minute: on the server that runs, with few windows",
  ],
  [
    "npx l1probe verify runs/held-out-recommend-euler",
    `npx l1probe verify runs/held-out-recommend-euler --server 127.0.0.1:${PORT} --pairs 2 --reference-steps 4 --no-decode`,
    "minutes: two pairs",
  ],
  ["ssh -N -L 50151:127.0.0.1:50151 gpu-host", null, "no second host: the server is on this one"],
  ["make serve", null, "the README's server still runs"],
  ["ssh -N -L 50152:127.0.0.1:50151 gpu-host", null, "no second host: the configuration names this one's port"],
];

let cwd: string;
let server: { readonly pid: number; readonly ended: Promise<unknown> } | undefined;

beforeAll(async () => {
  // A place with the checkout's commands and experiments, where a command may write.
  cwd = await mkdtemp(join(tmpdir(), "l1probe-readme-"));
  // The configuration of the first hour is looked for as far as the project's root.
  await mkdir(join(cwd, ".git"));
  for (const name of ["experiments", "node_modules", "package.json", "dist", ".venv", "server-py", "proto"])
    await symlink(join(root, name), join(cwd, name));
});
afterAll(async () => {
  if (server !== undefined) await stopGroup(server.pid, server.ended);
});

/** Starts a documented server and waits until it says that it serves. */
async function serve(command: string): Promise<void> {
  const child = execa({
    cwd: root,
    shell: true,
    stdin: "ignore",
    buffer: false,
    reject: false,
    detached: true,
  })`${command}`;
  server = { pid: child.pid ?? 0, ended: child };
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"l1probe": "serving"')) return;
  throw new Error(`${command} ended before it served`);
}

test("the README names the two commands, the server and a schedule", () => {
  expect(commands.slice(0, 2)).toEqual(["make sweep", "make test"]);
  for (const [documented] of replaced) expect(commands).toContain(documented);
  expect(commands.filter((line) => line.startsWith("npx l1probe")).length).toBeGreaterThan(8);
});

for (const [i, documented] of commands.entries()) {
  if (i === beforeFirstHour.length) {
    test("the first hour's configuration names its servers", async () => {
      expect(configuration).toContain("127.0.0.1:50152");
      // Without a second host, the server on this one stands for it.
      await writeFile(join(cwd, "l1probe.toml"), configuration.replace(":50152", `:${PORT}`));
    });
  }
  // The first hour serves no other model than the README.
  if (i >= beforeFirstHour.length && documented.startsWith("make serve")) continue;
  const [, instead = documented] = replaced.find(([line]) => line === documented) ?? [];
  if (instead === null) continue;
  test(`runs: ${documented}`, async () => {
    if (instead.startsWith("make serve")) return await serve(instead);
    const inRoot = instead.startsWith("make");
    const { exitCode, stdout, stderr } = await execa({ cwd: inRoot ? root : cwd, shell: true, reject: false })`${instead
      .replace("npx l1probe", "node_modules/.bin/l1probe")
      .replace("$CWD", cwd)}`;
    expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
    if (documented === "npx l1probe schedule shift:7 --steps 5 --format json")
      expect(stdout).toBe("[1,0.9655172228813171,0.9130434393882751,0.8235293626785278,0.6363636255264282]");
    if (documented === "npx l1probe export runs/quickstart --format csv") expect(stdout.split("\n")).toHaveLength(61);
    const output = /--(?:plot|output) (\S+)/.exec(documented)?.[1];
    if (output !== undefined) expect(existsSync(join(cwd, output)), output).toBe(true);
  });
}

test.each([
  ["README.md", readme, "2 cells"],
  ["docs/experiments.md", experimentsPage, "5 cells"],
  ["docs/recipes.md", recipesPage, "3 cells"],
])("the experiment of %s is one", async (_, page, cells) => {
  const [yaml = "", ...more] = experimentsOf(page);
  expect(more).toEqual([]);
  await writeFile(join(cwd, "documented.yaml"), yaml);
  const { exitCode, stdout } = await execa({
    cwd,
    reject: false,
    // A folder of its own, as the page's commands have filled that of its experiment's name.
  })`node_modules/.bin/l1probe sweep documented.yaml --dry-run --out runs/${`documented-${cells.slice(0, 1)}`}`;
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`: ${cells}, `);
});

test("the Japanese README has the README's commands, experiment, formula and figures", () => {
  const blocks = (page: string) =>
    [...page.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language, block = ""]) => [
      language,
      block.split("\n").map((line) => line.replace(/\s+#.*$/, "")),
    ]);
  expect(blocks(japanese)).toEqual(blocks(readme));
  const pictures = (page: string) => [...page.matchAll(/^!\[[^\]]*\]\((.*)\)$/gm)].map(([, path]) => path);
  expect(pictures(japanese)).toEqual(pictures(readme));
  const formula = (page: string) => /^> .*$/m.exec(page)?.[0];
  expect(formula(japanese)).toBe(formula(readme));
});

test("the port of the README is the server's own", async () => {
  expect(await readFile(join(root, "Makefile"), "utf8")).toMatch(new RegExp(`^PORT +\\?= ${PORT}$`, "m"));
});

test("what deploy/ starts listens on the README's port, and the unit on loopback", async () => {
  const [dockerfile, unit] = await Promise.all(
    ["Dockerfile", "l1probe.service"].map((name) => readFile(join(root, "deploy", name), "utf8")),
  );
  expect(unit).toMatch(new RegExp(`^ExecStart=/\\S+ --host 127\\.0\\.0\\.1 --port ${PORT} `, "m"));
  expect(dockerfile).toMatch(new RegExp(`^ENTRYPOINT .*"--port", "${PORT}"`, "m"));
  // The container's own 0.0.0.0 reaches the host only as the page publishes it.
  const publish = (await readFile(join(root, "docs/deploy.md"), "utf8")).match(/--publish \S+:\d+/g);
  expect(new Set(publish)).toEqual(new Set([`--publish 127.0.0.1:${PORT}:${PORT}`]));
});

test("the image's files are in its build context", async () => {
  const [dockerfile, ignore] = await Promise.all(
    ["deploy/Dockerfile", ".dockerignore"].map((name) => readFile(join(root, name), "utf8")),
  );
  const kept = [...(ignore ?? "").matchAll(/^!(\S+)$/gm)].map(([, path = ""]) => path);
  const copied = [...(dockerfile ?? "").matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, from = ""]) => from.split(" "));
  expect(kept.length).toBeGreaterThan(0);
  for (const path of kept) expect(existsSync(join(root, path)), path).toBe(true);
  for (const path of copied)
    expect(
      kept.some((one) => one === path || one.startsWith(`${path}/`)),
      path,
    ).toBe(true);
});
