import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url).pathname;

/** Runs a program that imports the built package by its name, as a user's would. */
async function program(text: string): Promise<unknown> {
  const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", text], { cwd: root });
  return JSON.parse(stdout);
}

test("a program imports the package by its name, expands an object and reads its schedule", async () => {
  const said = await program(`
    import { expand, parseSchedule } from "l1probe";
    const base = { prompt: "x", height: 64, width: 64, frames: 9, schedule: "shift:7" };
    const { cells, axes } = expand({ name: "a", base, grid: { steps: [5, 10] } });
    console.log(JSON.stringify([axes, cells.length, cells[0].sigmas, parseSchedule("shift:7").sigmas(5)]));`);
  const shifted = [1, 0.9655172228813171, 0.9130434393882751, 0.8235293626785278, 0.6363636255264282];
  expect(said).toEqual([["steps"], 2, shifted, shifted]);
});

test("what a program did wrong is a ProbeError with its path", async () => {
  const said = await program(`
    import { expand, ProbeError } from "l1probe";
    try {
      expand({ name: "a", base: { stpes: 3 } });
    } catch (error) {
      console.log(JSON.stringify([error instanceof ProbeError, error.kind, error.path, error.message]));
    }`);
  expect(said).toEqual([true, "input", "base.stpes", "base.stpes is not a known key (did you mean steps?)."]);
});

test("the snippets of docs/typescript.md run in order against the built package", async () => {
  const page = readFileSync(join(root, "docs/typescript.md"), "utf8");
  const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  expect(snippets).toHaveLength(5);
  const folder = mkdtempSync(join(tmpdir(), "l1probe-docs-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const built = join(root, "dist/index.js");
    const code = snippets.join("\n").replaceAll('from "l1probe"', `from ${JSON.stringify(built)}`);
    const report =
      "console.log(JSON.stringify([sigmas.length, end.finished, table.length, cond[0].length, svg.slice(0, 4), files.html, frames.length]));";
    writeFileSync(join(folder, "snippets.mjs"), `${code}\n${report}`);
    const { stdout } = await execa(process.execPath, ["snippets.mjs"], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual([20, 2, 7, 3, "<svg", "runs/steps/report.html", 2]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
