import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { packageRoot } from "../../src/package.ts";

/** What a process used from its start to its end. */
const usageSchema = z.object({
  /** What node ran. */
  script: z.string(),
  /** Since the process began. */
  wallSeconds: z.number(),
  /** Of all its threads, user and system. */
  cpuSeconds: z.number(),
  /** Highest resident set. */
  peakBytes: z.number(),
});

export interface Run extends Omit<z.infer<typeof usageSchema>, "script"> {
  /** With npx before it and what npx starts, seconds. */
  readonly withNpxSeconds: number;
}

const preload = new URL("preload.js", import.meta.url).href;

/**
 * Runs `npx l1probe WORDS` as a person would and tells what l1probe's own process used.
 *
 * @param output the file that its standard output goes to
 * @throws where the command fails
 */
export async function runCommand(words: readonly string[], output: string): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), "l1probe-bench-"));
  try {
    const env = { L1PROBE_BENCH_USAGE: folder, NODE_OPTIONS: `--import=${preload}` };
    const began = performance.now();
    await execa("npx", ["--no-install", "l1probe", ...words], {
      cwd: packageRoot,
      env,
      stdin: "ignore",
      stdout: { file: output },
    });
    const withNpxSeconds = (performance.now() - began) / 1000;
    const files = await readdir(folder);
    const usages = await Promise.all(
      files.map(async (file) => usageSchema.parse(JSON.parse(await readFile(join(folder, file), "utf8")))),
    );
    const own = usages.find(({ script }) => /l1probe$|main\.js$/.test(script));
    if (own === undefined) throw new Error(`npx l1probe ${words.join(" ")} did not tell what it used.`);
    const { wallSeconds, cpuSeconds, peakBytes } = own;
    return { withNpxSeconds, wallSeconds, cpuSeconds, peakBytes };
  } finally {
    await rm(folder, { recursive: true });
  }
}
