import { existsSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageVersion } from "../../src/package.ts";
import { JOURNAL } from "../../src/record/files.ts";
import { type Run, runCommand } from "./command.ts";
import { type Size, writeSyntheticSweep } from "./syntheticSweep.ts";

/*
 * `make bench-client`: node dist-tools/tools/bench/main.js [--runs N] [--cells N] [--steps N] [--out DIR] [--json FILE]. Measures
 * `l1probe export` and `l1probe report` on synthetic sweeps of one and of five latent frames, prints the least of
 * several runs, and writes every run as JSON. A command of this repository, not of l1probe.
 */

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    cells: { type: "string", default: "1000" },
    steps: { type: "string", default: "50" },
    out: { type: "string", default: "runs/bench" },
    json: { type: "string" },
  },
});

const say = (line: string) => process.stderr.write(`${line}\n`);

interface Measured {
  readonly command: string;
  readonly record: Size & { readonly journalBytes: number };
  /** Bytes of what it wrote, by file. */
  readonly wrote: Readonly<Record<string, number>>;
  readonly runs: readonly Run[];
}

const sizeOf = async (file: string) => (await stat(file)).size;

async function record(latentFrames: number): Promise<{ directory: string; size: Size }> {
  const size = { cells: Number(values.cells), steps: Number(values.steps), latentFrames };
  const directory = join(values.out, `client-${size.cells}x${size.steps}x${latentFrames}`);
  if (!existsSync(join(directory, JOURNAL))) {
    say(`writing a synthetic sweep into ${directory}`);
    await writeSyntheticSweep(directory, size);
  }
  return { directory, size };
}

async function measure(words: readonly string[], directory: string, size: Size): Promise<Measured> {
  const table = join(directory, "table.csv");
  const runs: Run[] = [];
  for (let i = 0; i < Number(values.runs); i += 1) {
    runs.push(await runCommand(words, words[0] === "export" ? table : join(directory, "output.txt")));
  }
  const files = words[0] === "export" ? ["table.csv"] : ["report.html", "figure.svg", "figure.png"];
  const sizes = await Promise.all(files.map(async (file) => [file, await sizeOf(join(directory, file))] as const));
  const journalBytes = await sizeOf(join(directory, JOURNAL));
  return { command: words[0] ?? "", record: { ...size, journalBytes }, wrote: Object.fromEntries(sizes), runs };
}

/** The least of several runs: what the machine's other work adds is no property of the command. */
function least(runs: readonly Run[], field: keyof Run): number {
  return Math.min(...runs.map((run) => run[field]));
}

function line(words: readonly string[]): string {
  return words.map((word, i) => (i === 0 ? word.padEnd(8) : word.padStart(12))).join("");
}

function printed({ command, record, wrote, runs }: Measured): string {
  const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const seconds = (field: keyof Run) => `${least(runs, field).toFixed(2)} s`;
  const peak = Math.max(...runs.map(({ peakBytes }) => peakBytes));
  const output = Object.values(wrote).reduce((sum, bytes) => sum + bytes, 0);
  return line([
    command,
    String(record.latentFrames),
    mega(record.journalBytes),
    seconds("wallSeconds"),
    seconds("withNpxSeconds"),
    seconds("cpuSeconds"),
    mega(peak),
    mega(output),
  ]);
}

await mkdir(values.out, { recursive: true });
const measured: Measured[] = [];
say(line(["command", "lat. frames", "journal", "wall", "with npx", "CPU", "peak RSS", "output"]));
for (const latentFrames of [1, 5]) {
  const { directory, size } = await record(latentFrames);
  for (const words of [
    ["export", directory, "--format", "csv"],
    ["report", directory],
  ]) {
    const one = await measure(words, directory, size);
    measured.push(one);
    say(printed(one));
  }
}
const [cpu] = cpus();
const machine = { cpu: cpu?.model ?? "", threads: cpus().length, memoryBytes: totalmem() };
const result = {
  date: new Date().toISOString(),
  machine,
  versions: { l1probe: packageVersion(), node: process.versions.node },
};
const file = values.json ?? join(values.out, "client.json");
await writeFile(file, `${JSON.stringify({ ...result, measured }, null, 2)}\n`);
say(`every run is in ${file}`);
