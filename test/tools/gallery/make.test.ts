import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test, vi } from "vitest";
import { connect } from "../../../src/client/connect.ts";
import { bundledModel, startLocalServer } from "../../../src/client/localServer.ts";
import { checkFit } from "../../../src/experiment/fit.ts";
import { expandSource, readSource } from "../../../src/experiment/source.ts";
import { places } from "../../../tools/gallery/make.ts";
import { readMeasured } from "../../../tools/gallery/measured.ts";
import { committed, measured, root, shown, words } from "./committed.ts";

/**
 * The gallery's command on two small experiments, in its own folder, with the bundled model.
 */

vi.setConfig({ testTimeout: 180_000 });

const small = ["quickstart", "cfg-table"];

/** A folder that holds some experiments. */
function folder(names: readonly string[]): string {
  const cwd = mkdtempSync(join(tmpdir(), "l1probe-gallery-"));
  mkdirSync(join(cwd, places.experiments));
  for (const name of names)
    cpSync(`${root}${places.experiments}/${name}.yaml`, join(cwd, places.experiments, `${name}.yaml`));
  return cwd;
}

function make(cwd: string, ...names: string[]) {
  return execa({ cwd, reject: false })`node ${root}dist-tools/tools/gallery/main.js ${names}`;
}

test("make gallery is this command", () => {
  expect(committed("Makefile")).toMatch(
    /^gallery: setup \$\(TOOLS\) ## .*\n\tnode dist-tools\/tools\/gallery\/main\.js \$\(ONLY\)$/m,
  );
});

test("the command runs, reproduces the committed numbers, draws, writes, resumes, and checks its text", async () => {
  const cwd = folder(small);
  const read = (path: string) => readFileSync(join(cwd, path), "utf8");
  const first = await make(cwd, "quickstart");
  expect([first.exitCode, first.exitCode === 0 ? "" : first.stderr]).toEqual([0, ""]);
  expect(read(places.page)).toContain("make gallery ONLY=cfg-table");
  const journal = read(`${places.runs}/quickstart/journal.jsonl`);

  const { exitCode, stderr } = await make(cwd, ...small);
  expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
  expect(read(`${places.runs}/quickstart/journal.jsonl`)).toBe(journal);
  for (const file of ["quickstart.svg", "cfg-table.svg", "cfg-table-mean-abs.svg"])
    expect(words(read(`${places.images}/${file}`))).toContain("(bundled weights)");
  expect(existsSync(join(cwd, places.images, "steps.svg"))).toBe(false);

  const page = read(places.page);
  expect(page.match(/<img /g)).toHaveLength(3);
  expect(page.match(/On the bundled model/g)).toHaveLength(2);
  const made = readMeasured(read(places.measured), places.measured);
  expect(Object.keys(made)).toEqual(small);
  for (const name of small) {
    expect(made[name]?.cellsHash).toBe(measured[name]?.cellsHash);
    for (const [i, cell] of (made[name]?.cells ?? []).entries()) {
      // Another processor rounds differently.
      const near = measured[name]?.cells[i];
      for (const metric of ["cond", "cfg", "latent"] as const)
        expect(cell[metric].maximum.value / (near?.[metric].maximum.value ?? 0)).toBeCloseTo(1, 1);
    }
  }

  // If its experiment changes, it runs again, and text that contradicts the new cells stops the command.
  const file = join(cwd, places.experiments, "quickstart.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("steps: [10, 20]", "steps: [2, 3]"));
  const changed = await make(cwd, "quickstart");
  expect(changed.exitCode).toBe(1);
  expect(changed.stderr).toContain("runs/gallery/quickstart starts over");
  expect(changed.stderr).toContain('quickstart has 0 cells with {"steps":20');
  expect(read(places.page)).toBe(page);
});

test("unknown names, and experiments without an observation, are refused before any work", async () => {
  const cwd = folder(["quickstart"]);
  const unknown = await make(cwd, "quikstart");
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining("did you mean quickstart")]);
  const missing = await make(cwd);
  expect([missing.exitCode, missing.stderr]).toEqual([
    2,
    expect.stringContaining("experiments/schedules.yaml is missing"),
  ]);
  writeFileSync(join(cwd, places.experiments, "mine.yaml"), "name: mine\n");
  const homeless = await make(cwd, "quickstart");
  expect([homeless.exitCode, homeless.stderr]).toEqual([2, expect.stringContaining("mine.yaml is not in the gallery")]);
  expect(existsSync(join(cwd, "runs"))).toBe(false);
});

test("a server of the family accepts every experiment, with and without the hunyuan profile", async () => {
  const server = await startLocalServer({ model: bundledModel });
  const client = connect(server.address);
  try {
    const description = await client.describe();
    for (const { observation, yaml } of shown.filter(({ observation }) => !observation.ownModels)) {
      const source = readSource(yaml, `${observation.name}.yaml`);
      for (const profile of [undefined, "hunyuan"]) checkFit(expandSource(source, { profile }), description);
    }
  } finally {
    client.close();
    await server.stop();
  }
});
