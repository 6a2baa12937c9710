/** What people feed to a sweep, each a row of reports. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DescribeResponse, ImageMode } from "../../src/generated/l1probe/v1/probe.ts";
import { event } from "../client/fakeServer.ts";
import { provenance } from "../record/sample.ts";
import { good, type Play, type Stage, stage } from "../sweep/stage.ts";
import { l1probe } from "./command.ts";

vi.setConfig({ testTimeout: 90_000 });

const yaml = (seeds: readonly number[], prompt = "x, y") =>
  `name: a\nbase:\n  prompt: "${prompt}"\n  height: 64\n  width: 64\n  frames: 1\n  steps: 2\n  schedule: linear\n` +
  `grid: { seed: [${seeds}] }\n`;

let cwd: string;
const servers: Stage[] = [];
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "l1probe-"));
  await writeFile(join(cwd, "a.yaml"), yaml([0, 1, 2]));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.kill();
});

async function serve(play: Play, maxBatch = 1, image = ImageMode.IMAGE_MODE_NONE): Promise<string> {
  const describe = DescribeResponse.fromPartial({ provenance, samplers: ["euler"], maxBatch, image });
  const server = await stage(play, { describe });
  servers.push(server);
  return server.address;
}

const sweep = (server: string, ...more: string[]) =>
  l1probe(["sweep", "a.yaml", "--no-report", "--server", server, ...more], { cwd });

test.each([
  ["GBK", Buffer.from("d2bbd6bbc3a8d4dab2ddb5d8c9cfc5dcb2bd", "hex"), /a\.yaml .*UTF-8: line 3 looks like GBK/],
  ["Latin-1", Buffer.from("un café", "latin1"), /a\.yaml .*UTF-8: line 3 looks like Latin-1/],
])(
  "a YAML saved as %s is refused with its line and what it looks like, from a file and standard input",
  async (_, prompt, message) => {
    const [before = "", after = ""] = yaml([0]).split("x, y");
    const bytes = Buffer.concat([Buffer.from(before), prompt, Buffer.from(after)]);
    await writeFile(join(cwd, "a.yaml"), bytes);
    const file = await l1probe(["sweep", "a.yaml", "--dry-run"], { cwd });
    expect([file.code, file.out]).toEqual([2, ""]);
    expect(file.err).toMatch(message);
    const piped = await l1probe(["sweep", "-", "--dry-run"], { cwd, stdin: "pipe", input: bytes });
    expect(piped.code).toBe(2);
    expect(piped.err).toMatch(/standard input .*UTF-8: line 3 looks like/);
  },
);

test("a YAML saved as UTF-16 is refused in a sentence without raw bytes", async () => {
  await writeFile(join(cwd, "a.yaml"), Buffer.from(`\ufeff${yaml([0])}`, "utf16le"));
  const { code, err } = await l1probe(["sweep", "a.yaml", "--dry-run"], { cwd });
  expect(code).toBe(2);
  expect(err).toMatch(/^l1probe: a\.yaml is not UTF-8: line 1 looks like UTF-16 [ -~]*$/);
});

test("a sigma file in UTF-16 is refused with its line", async () => {
  await writeFile(join(cwd, "sigmas.txt"), Buffer.from("\ufeff1\n0.5\n", "utf16le"));
  await writeFile(join(cwd, "a.yaml"), yaml([0]).replace("steps: 2\n  schedule: linear", "schedule: file:sigmas.txt"));
  const { code, err } = await l1probe(["sweep", "a.yaml", "--dry-run"], { cwd });
  expect(code).toBe(2);
  expect(err).toMatch(/sigmas\.txt .*UTF-8: line 1 looks like UTF-16/);
});

test("sweep - reads standard input, with a byte order mark or without", async () => {
  for (const mark of ["", "\ufeff"]) {
    const input = `${mark}${yaml([0, 1])}`;
    const { code, out } = await l1probe(["sweep", "-", "--dry-run"], { cwd, stdin: "pipe", input });
    expect(out).toMatch(/^a: 2 cells, 4 steps/);
    expect(code).toBe(0);
  }
  const { code, err } = await l1probe(["sweep", "-", "--dry-run"], {
    cwd,
    stdin: "pipe",
    input: "name: a\nbsae: {}\n",
  });
  expect(err).toMatch(/^l1probe: standard input:2:1: bsae is not a known key \(did you mean base\?\)/);
  expect(code).toBe(2);
});

test("--out README.md, a file, is refused in a sentence with 2, before anything runs", async () => {
  await writeFile(join(cwd, "README.md"), "# mine\n");
  const server = await serve(good);
  for (const out of ["README.md", "README.md/deep"])
    for (const words of [[], ["--dry-run"]]) {
      const { code, err } = await sweep(server, "--out", out, ...words);
      expect(err).toMatch(/l1probe: README\.md(\/deep)? is a file, .*name a sweep's folder\.$/);
      expect(code).toBe(2);
    }
  expect(servers[0]?.requested).toEqual([]);
  expect(await readFile(join(cwd, "README.md"), "utf8")).toBe("# mine\n");
  expect((await l1probe(["export", "README.md", "--format", "csv"], { cwd })).code).toBe(2);
});

test("a missing image is refused with its place, once the server has reported that it needs one", async () => {
  const { code, err } = await sweep(await serve(good, 1, ImageMode.IMAGE_MODE_REQUIRED));
  expect(err).toMatch(/^l1probe: a\.yaml:\d+:\d+: .*image is missing; \w+ is conditioned/m);
  expect(code).toBe(2);
  expect(existsSync(join(cwd, "runs/a"))).toBe(false);
});

test("11 cells at once print no MaxListenersExceededWarning", async () => {
  await writeFile(join(cwd, "a.yaml"), yaml(Array.from({ length: 12 }, (_, seed) => seed)));
  const server = await serve(good, 16);
  const { code, out, err } = await sweep(server);
  expect(err).not.toMatch(/Warning/);
  expect([code, out]).toEqual([0, "runs/a: 12 of 12 cells"]);
});

/** Seed 1 overflows in its second step, as a true_cfg_scale of 1e38 makes it. */
const overflows: Play = (cell) =>
  good(cell).map((one) =>
    cell.seed === 1n && one.event?.$case === "step" && one.event.value.step > 0
      ? event({
          $case: "step",
          value: {
            ...one.event.value,
            signals: one.event.value.signals.map((sums) => ({
              ...sums,
              whole: sums.whole && { ...sums.whole, sumAbs: Number.NaN, nonFinite: 1n },
            })),
          },
        })
      : one,
  );

test("NaN is noted with its cell and first step; --fail-on-nan exits with 1, now and when the sweep is complete", async () => {
  const note = /^note: seed=1 has non-finite values \(NaN or infinity\) from step 1 on\.$/m;
  const server = await serve(overflows);
  const first = await sweep(server);
  expect(first.err).toMatch(note);
  expect(first.err.match(/non-finite/g)).toHaveLength(1);
  expect([first.code, first.out]).toEqual([0, "runs/a: 3 of 3 cells"]);
  const again = await sweep(server, "--fail-on-nan");
  expect(again.err).toMatch(note);
  expect([again.code, again.out]).toEqual([1, "runs/a: 3 of 3 cells"]);
  const new_ = await sweep(server, "--fail-on-nan", "--out", "new");
  expect([new_.code, new_.out]).toEqual([1, "new: 3 of 3 cells"]);
  const finite = await sweep(await serve(good), "--fail-on-nan", "--out", "finite");
  expect([finite.code, finite.err.includes("non-finite")]).toEqual([0, false]);
});

test("a server lost in a sweep: finished cells are kept and the same command goes on", async () => {
  const dying = await serve((cell) => {
    if (cell.seed === 0n) return good(cell);
    setTimeout(() => servers[0]?.kill(), 50);
    return good(cell).slice(0, 3);
  });
  const { code, err } = await sweep(dying);
  expect(code).toBe(3);
  expect(err).toMatch(/l1probe: .* 1 of 3 cells in runs\/a; finished cells are kept, run the same command again/);
  expect(err).not.toMatch(/make serve|leave --server out/);
  expect((await sweep(await serve(good))).out).toBe("runs/a: 3 of 3 cells");
});
