import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url).pathname;

test("make bench-client measures export and report of what it wrote, and keeps every run", async () => {
  const out = await mkdtemp(join(tmpdir(), "l1probe-bench-"));
  try {
    const few = ["--cells", "20", "--steps", "4", "--runs", "2", "--out", out];
    const { stderr } = await execa("node", [join(root, "dist-tools/tools/bench/main.js"), ...few], { cwd: root });
    expect(stderr.match(/^(export|report) +(1|5) /gm)).toHaveLength(4);
    const { measured } = JSON.parse(await readFile(join(out, "client.json"), "utf8"));
    expect(measured).toHaveLength(4);
    for (const { runs, wrote, record } of measured) {
      expect(record).toMatchObject({ cells: 20, steps: 4 });
      for (const bytes of Object.values(wrote)) expect(bytes).toBeGreaterThan(0);
      expect(runs).toHaveLength(2);
      for (const run of runs) expect(run.peakBytes).toBeGreaterThan(20e6);
    }
  } finally {
    await rm(out, { recursive: true });
  }
}, 120_000);
