import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recommend } from "../../src/advice/recommend.ts";
import { verify } from "../../src/advice/verify.ts";
import { storedRecommendation } from "../../src/analysis/recommendation.ts";
import { mean } from "../../src/analysis/statistics.ts";
import { expand } from "../../src/experiment/expand.ts";
import { pairsOf } from "../../src/experiment/pairs.ts";
import { recommendationAnswer, writeRecommendation } from "../../src/report/recommendation.ts";
import { parseSchedule } from "../../src/schedule/index.ts";
import type { Stage } from "../sweep/stage.ts";
import { flowServer } from "./flow.ts";

const experiment = {
  name: "pairs",
  base: { height: 64, width: 64, frames: 9, schedule: "shift:7", steps: 10 },
  zip: { prompt: ["a", "bb", "ccc", "dddd", "eeeee"], seed: [0, 1, 2, 3, 4] },
};
const { pairs, setting } = pairsOf(expand(experiment));

let server: Stage;
let root: string;
beforeAll(async () => {
  server = await flowServer(true);
  root = await mkdtemp(join(tmpdir(), "l1probe-advice-"));
});
afterAll(async () => {
  server?.kill();
  await rm(root, { recursive: true, force: true });
});

const asked = () => ({
  method: "knock-out" as const,
  pairs: pairs.slice(0, 2),
  sampler: "euler",
  steps: [4, 8],
  windows: [24, 8] as const,
  base: "shift:3",
  check: 4,
  directory: join(root, "found"),
  run: { server: server.address },
});

test("a measurement runs its windows once, resumes, and writes what knock-out: and verify read", async () => {
  const found = await recommend(asked());
  // The base and 8 windows, then the check's base and 4 windows, for two pairs; each window begins where its base was.
  expect(server.requested).toHaveLength(2 * (1 + 8 + 1 + 4));
  const steps = 2 * (24 + (22 + 19 + 16 + 13 + 10 + 7 + 4 + 1) + 16 + (13 + 9 + 5 + 1));
  expect(found.cost).toEqual({ cells: 28, steps, forwards: steps });
  const again = await recommend(asked());
  expect(server.requested).toHaveLength(28);
  expect(again.curve).toEqual(found.curve);
  expect(found.check?.ratio).toBeGreaterThan(1);
  const answer = recommendationAnswer(found, {
    name: "pairs",
    experiment: "pairs.yaml",
    profile: null,
    set: [],
    pairs: asked().pairs,
    sampler: "euler",
    setting,
    base: "shift:3",
    windows: [24, 8],
    command: "npx l1probe recommend pairs.yaml",
  });
  await writeRecommendation(root, found, answer);
  const text = await readFile(join(root, "recommendation.json"), "utf8");
  expect(storedRecommendation(text)?.pairs).toEqual([
    { prompt: "a", seed: 0 },
    { prompt: "bb", seed: 1 },
  ]);
  const read = (spec: string) => parseSchedule(spec, { readFile: () => text });
  expect(read("knock-out:recommendation.json").sigmas(8)).toEqual(found.schedules.get(8));
  expect(JSON.parse(await readFile(join(root, "schedules/8.json"), "utf8"))).toEqual(found.schedules.get(8));
  const comfyui = await readFile(join(root, "schedules/4.txt"), "utf8");
  expect(parseSchedule("file:4.txt", { readFile: () => comfyui }).exact(4)).toEqual(
    (found.schedules.get(4) ?? []).map((sigma) => expect.closeTo(sigma, 8)),
  );
});

test("the found schedule is verified on other pairs, against the exact end of the flow", async () => {
  const text = await readFile(join(root, "recommendation.json"), "utf8");
  const spec = "knock-out:recommendation.json";
  const found = await verify({
    candidates: [{ label: "found", spec }],
    against: ["slopes:start=.3,end=2"],
    steps: [8],
    pairs: pairs.slice(2),
    sampler: "euler",
    referenceSteps: 60,
    decode: true,
    directory: join(root, "verified"),
    run: { server: server.address },
    ports: { readFile: () => text },
  });
  const [at] = found.results.get("found") ?? [];
  const specs = at?.rivals.map((rival) => rival.spec) ?? [];
  expect(specs).toEqual(
    expect.arrayContaining(["linear", "shift:7", "slopes:start=0.3,end=2", parseSchedule("beta:.6,.6").spec]),
  );
  expect(found.usual).toBe("shift:7");
  const errorOf = (name: string) => mean(at?.rivals.find((rival) => rival.spec === name)?.errors ?? [Number.NaN]);
  expect(mean(at?.candidate.errors ?? [])).toBeLessThan(errorOf("shift:7") / 2);
  // A better end is a better clip.
  const usual = at?.rivals.find((rival) => rival.spec === "shift:7");
  expect(mean(at?.candidate.psnr ?? [])).toBeGreaterThan(mean(usual?.psnr ?? []));
  expect(found.bestShifts.get(8)).toBeGreaterThan(0.5);
  expect(found.verdict).toHaveLength(1);
});

test("windows from the base's states change as much as windows from the start", async () => {
  const shared = await recommend(asked());
  const older = await flowServer(false);
  const notes: string[] = [];
  try {
    const note = (sentence: string) => notes.push(sentence);
    const run = { server: older.address, note };
    const whole = await recommend({ ...asked(), check: null, directory: join(root, "whole"), run });
    expect(notes).toContainEqual(expect.stringMatching(/^Every window runs from the start: .*pure noise only/));
    expect(whole.cost.steps).toBe(2 * (24 + 8 * 22));
    for (const [k, { value }] of (whole.measured?.changes ?? []).entries())
      expect((shared.measured?.changes[k]?.value ?? 0) / value).toBeCloseTo(1, 3);
  } finally {
    older.kill();
  }
});

test("a multistep solver, which remembers earlier steps, runs each window from the start", async () => {
  const directory = join(root, "unipc");
  const found = await recommend({ ...asked(), sampler: "unipc", check: null, directory });
  expect(found.cost.cells).toBe(2 * 9);
  expect(found.measured?.exponent).toBeCloseTo(1 / 3, 12);
});

test("the best single shift is measured against the dense reference", async () => {
  const directory = join(root, "shift");
  const { specs, schedules } = await recommend({ ...asked(), method: "best-shift", steps: [8], directory });
  const s = Number(specs.get(8)?.replace("shift:", ""));
  expect(s).toBeGreaterThan(0.5);
  expect(s).toBeLessThan(8);
  expect(schedules.get(8)).toEqual(parseSchedule(`shift:${s}`).sigmas(8));
});

test.each([
  ["euler-stochastic", "knock-out", "adds noise at each step"],
  ["unipc", "amplification", "is of order 2"],
  ["mine", "knock-out", "whose order is not known"],
] as const)("%s by %s is refused before anything runs", async (sampler, method, message) => {
  const before = server.requested.length;
  await expect(recommend({ ...asked(), sampler, method, directory: join(root, "refused") })).rejects.toThrow(message);
  expect(server.requested).toHaveLength(before);
});
