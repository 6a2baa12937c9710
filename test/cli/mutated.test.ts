/**
 * Whole command lines with what people paste into them, run in this process. A mutated line gives 0 and the list that
 * it shows, by the readers of shown.ts, or 2 and a sentence; nothing else, and never another list.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test, vi } from "vitest";
import { parser, runCommandLine } from "../../src/cli/commandLine.ts";
import { expandFile } from "../../src/cli/experimentFile.ts";
import { type Ended, l1probe } from "./command.ts";
import { ENCODINGS, edited, edits, LAYOUTS, READERS, values } from "./mutations.ts";
import { pasted, shifted, utf8, yamlFlow } from "./shown.ts";

vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "l1probe-mutated-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The commands without the help text that yargs lays out for every line, which takes most of its time. */
function commands(words: readonly string[]) {
  const made = parser(words);
  type Inside = { getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } } };
  (made as unknown as Inside).getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};
  return made;
}

/** Runs a command line here; what it would print and exit with. */
async function run(words: readonly string[]): Promise<Ended> {
  const printed = { out: "", err: "" };
  const spies = (["out", "err"] as const).map((name) =>
    vi.spyOn(name === "out" ? process.stdout : process.stderr, "write").mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
  );
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await runCommandLine(commands(words));
    return { code: Number(process.exitCode), ...printed };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

interface Typed {
  readonly words: readonly string[];
  readonly shown: number[] | null;
}

let written = 0;
/** A new file with these bytes. */
function file(ending: string, bytes: Uint8Array): string {
  written += 1;
  const path = join(folder, `${written}.${ending}`);
  writeFileSync(path, bytes);
  return path;
}

const inFile = fc.constantFrom(...Object.keys(LAYOUTS)).chain((ending) =>
  fc
    .tuple(values, fc.constantFrom(...(LAYOUTS[ending] ?? [])), edits, fc.constantFrom(...ENCODINGS))
    .map(([sigmas, layOut, changes, encode]) => {
      const bytes = encode(edited(layOut(sigmas), changes));
      const text = utf8(bytes);
      return { path: file(ending, bytes), shown: text === null ? null : (READERS[ending]?.(text) ?? null) };
    }),
);

/** What a command prints in each format, back to numbers. */
const FORMATS: Readonly<Record<string, (out: string) => number[]>> = {
  json: (out) => JSON.parse(out) as number[],
  csv: (out) =>
    out
      .trim()
      .split("\n")
      .slice(1)
      .map((row) => Number(row.split(",")[1])),
  comfyui: (out) => out.split(",").map(Number).slice(0, -1),
};

const LINES: Readonly<Record<string, fc.Arbitrary<Typed>>> = {
  "schedule sigmas:…": fc.tuple(values, edits, fc.constantFrom(",", ", ")).map(([sigmas, changes, between]) => {
    const spec = edited(`sigmas:${sigmas.join(between)}`, changes);
    return { words: ["schedule", spec], shown: pasted(spec) };
  }),
  "schedule shift:S --steps N": fc
    .tuple(fc.constantFrom("1", "3", "7", "0.5", "12.5"), fc.constantFrom("1", "4", "12"), edits, edits, fc.boolean())
    .map(([shift, steps, changes, others, either]) => {
      const spec = edited(`shift:${shift}`, either ? changes : []);
      const count = edited(steps, either ? [] : others);
      return { words: ["schedule", spec, `--steps=${count}`], shown: shifted(spec, count) };
    }),
  "schedule file:…": inFile.map(({ path, shown }) => ({ words: ["schedule", `file:${path}`], shown })),
};

function refusal({ out, err }: Ended): void {
  expect(out).toBe("");
  expect(err).toMatch(/^l1probe: \S/);
  expect(err).not.toMatch(/bug in l1probe|undefined|\[object|\n +at /);
}

test.each(Object.entries(LINES))(
  "mutated lines `%s` print the list that they show, or 2 and a sentence",
  async (_, lines) => {
    let [read, refused] = [0, 0];
    const format = fc.constantFrom(...Object.keys(FORMATS));
    await fc.assert(
      fc.asyncProperty(lines, format, async ({ words, shown }, name) => {
        const ended = await run([...words, "--format", name]);
        expect([0, 2]).toContain(ended.code);
        if (ended.code === 2) {
          refused += 1;
          refusal(ended);
          return;
        }
        read += 1;
        const printed = FORMATS[name]?.(ended.out) ?? [];
        expect(printed).toHaveLength(shown?.length ?? Number.NaN);
        for (const [k, sigma] of printed.entries()) expect(sigma).toBeCloseTo(shown?.[k] ?? Number.NaN, 6);
      }),
      { numRuns: 500 },
    );
    expect(Math.min(read, refused)).toBeGreaterThan(50);
  },
);

const experiment = (schedule: string): string =>
  `name: a\nbase: { prompt: x, height: 64, width: 64, frames: 1 }\ngrid:\n  schedule: [${schedule}, "sigmas:0.0123"]\n`;

const inExperiment: fc.Arbitrary<Typed> = fc.oneof(
  fc.tuple(values, edits, fc.constantFrom(...ENCODINGS)).map(([sigmas, changes, encode]) => {
    const bytes = encode(experiment(`{sigmas: [${edited(sigmas.join(", "), changes)}]}`));
    const text = utf8(bytes);
    return { words: [file("yaml", bytes)], shown: text === null ? null : yamlFlow(text) };
  }),
  inFile.map(({ path, shown }) => ({
    words: [file("yaml", Buffer.from(experiment(JSON.stringify(`file:${path}`))))],
    shown,
  })),
);

test("mutated lines `sweep FILE --dry-run` count the cells that they show, or 2 and a sentence", async () => {
  let [read, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(inExperiment, async ({ words, shown }) => {
      const ended = await run(["sweep", ...words, "--dry-run", "--format", "json", "--out", join(folder, "none")]);
      expect([0, 2]).toContain(ended.code);
      if (ended.code === 2) {
        refused += 1;
        refusal(ended);
        return;
      }
      read += 1;
      const [counted] = (JSON.parse(ended.out) as { cells: { steps: number }[] }).cells;
      expect(counted?.steps).toBe(shown?.length);
      // The dry run does not print the sigmas that the sweep would send.
      const [cell] = (await expandFile(words[0] ?? "", undefined)).expansion.cells;
      expect(cell?.sigmas).toStrictEqual(shown?.map(Math.fround));
    }),
    { numRuns: 500 },
  );
  expect(Math.min(read, refused)).toBeGreaterThan(50);
});

test.each([
  [["schedule", "-shift:7", "--steps", "3"], /takes no|no option/],
  [["schedule", "shift:7", "--steps", "0x5"], /--steps is "0x5"; it must be one number/],
  [["schedule", "shift:7", "--steps", "0b11"], /--steps is "0b11"/],
  [["schedule", "shift:7", "--steps", "４"], /--steps is "４"/],
])("%j is refused, not read as something else", async (words, message) => {
  const ended = await run(words);
  expect(ended.code).toBe(2);
  refusal(ended);
  expect(ended.err).toMatch(message);
});

test("a real process does the same", async () => {
  const bytes = Buffer.from('sigma,note\n1,"a\n0.7,b"\n0.5,c\n');
  const [typed, quoted] = await Promise.all([
    l1probe(["schedule", "sigmas:1;0,5", "--format", "json"]),
    l1probe(["schedule", `file:${file("csv", bytes)}`, "--format", "json"]),
  ]);
  expect([typed.code, typed.out]).toStrictEqual([2, ""]);
  expect([quoted.code, quoted.out]).toStrictEqual([2, ""]);
  expect(quoted.err).toMatch(/quote in line 2/);
});
