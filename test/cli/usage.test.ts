import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, test, vi } from "vitest";
import { expandFile } from "../../src/cli/experimentFile.ts";
import { l1probe } from "./command.ts";

vi.setConfig({ testTimeout: 60_000 });

const outside = { cwd: tmpdir() };
const experiments = new URL("../../experiments/", import.meta.url).pathname;
const quickstart = `${experiments}quickstart.yaml`;

test.each([
  [["swep"], "There is no command swep (did you mean sweep?). See l1probe --help."],
  [[], "A command is missing. See l1probe --help."],
  [["sweep"], "sweep needs <file>. See l1probe sweep --help."],
  [
    ["sweep", quickstart, "--sever", "h:1"],
    "There is no option --sever (did you mean --server?). See l1probe sweep --help.",
  ],
  [["sweep", quickstart, "more"], "sweep takes no more. See l1probe sweep --help."],
  [["sweep", quickstart, "--out"], "--out needs a value. See l1probe sweep --help."],
  [["sweep", quickstart, "--out", "a", "--out", "b"], "--out is given more than once; give it once."],
  [
    ["sweep", quickstart, "--keep", "tracee"],
    "--keep is tracee (did you mean trace?); it must be trace or latents or states or frames. See l1probe sweep --help.",
  ],
  [
    ["sweep", quickstart, "--concurrency", "many"],
    '--concurrency is "many"; it must be one number. See l1probe sweep --help.',
  ],
  [["sweep", quickstart, "--server", "localhost"], /^The server's address is "localhost"; it must be HOST:PORT/],
  [["sweep", `${experiments}quikstart.yaml`], /cannot be read: no such file \(did you mean .*quickstart\.yaml\?\)\.$/],
  [
    ["sweep", quickstart, "--profile", "hunyan"],
    /quickstart\.yaml:\d+:\d+: The experiment quickstart has no profile hunyan \(did you mean hunyuan\?\)/,
  ],
  [["schedule", "shift:7", "--json"], "There is no option --json; use --format json. See l1probe schedule --help."],
  [["export", "nowhere", "--json"], /no option --json; use --format jsonl/],
  [["export"], "export needs <dir>. See l1probe export --help."],
  [["export", "nowhere"], "export needs --format csv, jsonl, parquet, csv-per-cell, trackio."],
  [
    ["export", "nowhere", "--format", "xml"],
    /^--format is xml; it must be csv or jsonl or parquet or csv-per-cell or trackio\./,
  ],
  [["export", "nowhere", "--format", "csv"], /^nowhere holds no manifest\.json/],
  [["export", "nowhere", "--fromat", "csv"], /^There is no option --fromat \(did you mean --format\?\)/],
])("l1probe %s is refused with exit code 2 and one sentence", async (words, message) => {
  const { code, out, err } = await l1probe(words, outside);
  expect(err).toMatch(/^l1probe: /);
  const said = err.replace(/^l1probe: /, "");
  if (typeof message === "string") expect(said).toBe(message);
  else expect(said).toMatch(message);
  expect(code).toBe(2);
  expect(out).toBe("");
});

test("-h is --help and -V is --version", async () => {
  expect((await l1probe(["-V"])).out).toMatch(/^\d+\.\d+\.\d+\S*\s*$/);
  expect(await l1probe(["schedule", "-h"])).toStrictEqual(await l1probe(["schedule", "--help"]));
});

test("every verb has help with an example that is a command of its own", async () => {
  const { out, code } = await l1probe(["--help"]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /Exit codes: 0 done, 1 some cells failed, 2 bad usage or input, 3 server not reachable, 130 interrupted\./,
  );
  const verbs = [...out.matchAll(/^\s+l1probe (\w+)/gm)].map(([, verb = ""]) => verb);
  expect(verbs).toEqual(expect.arrayContaining(["sweep", "report", "export", "table", "schedule", "doctor"]));
  const helps = await Promise.all(
    verbs.filter((verb) => verb !== "completion").map(async (verb) => (await l1probe([verb, "--help"])).out),
  );
  for (const help of helps) expect(help).toMatch(/Examples:\n[\s\S]*l1probe /);
});

test("help loads neither gRPC nor plots", async () => {
  const spy =
    'import Module from "node:module"; process.on("exit", () => console.error(Object.keys(Module._cache).join("\\n")));';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(spy)}` };
  expect((await l1probe(["--help"], { env })).err).not.toMatch(/grpc|nodeplotlib|resvg/);
  expect((await l1probe(["doctor", "--server", "127.0.0.1:1"], { env })).err).toMatch(/grpc/);
});

test("--version says the package's version; completion prints a script", async () => {
  expect((await l1probe(["--version"])).out).toMatch(/^\d+\.\d+\.\d+$/);
  expect((await l1probe(["completion"])).out).toContain("l1probe");
});

test("--dry-run prints what a sweep costs, without Python, a server or a folder", async () => {
  const before = await readdir(tmpdir());
  const env = { L1PROBE_PYTHON: "/nonexistent" };
  const { code, out, err } = await l1probe(["sweep", quickstart, "--dry-run"], { ...outside, env });
  expect(out).toBe(
    [
      "quickstart: 4 cells, 60 steps, 120 forwards, into runs/quickstart",
      "  steps=10, schedule=linear",
      "  steps=10, schedule=shift:7",
      "  steps=20, schedule=linear",
      "  steps=20, schedule=shift:7",
      "to estimate time and memory, name a running server: --server HOST:PORT",
    ].join("\n"),
  );
  expect(err).toBe("");
  expect(code).toBe(0);
  expect((await readdir(tmpdir())).filter((name) => name === "runs" && !before.includes(name))).toEqual([]);
});

test("every experiment that ships expands, with and without its profiles", async () => {
  const files = (await readdir(experiments)).filter((file) => file.endsWith(".yaml"));
  for (const file of files) {
    // One that names models of its own has none for HunyuanVideo, and its models have their own frames.
    const own = (await expandFile(experiments + file, undefined)).expansion.cells.some(({ model }) => model !== null);
    for (const profile of own ? [undefined] : [undefined, "hunyuan"]) {
      const { expansion } = await expandFile(experiments + file, profile);
      // Latte's leading timesteps start below σ = 1 in the pipeline too.
      const notes = expansion.notes.filter((note) => !note.startsWith("leading:"));
      expect([file, profile, notes]).toEqual([file, profile, []]);
      for (const { height, width, frames } of expansion.cells) {
        expect([height % 16, width % 16, own ? 1 : frames % 4]).toEqual([0, 0, 1]);
      }
    }
  }
});
