import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import type { SweepEnd } from "../sweep/runSweep.ts";
import type { ExperimentFile } from "./experimentFile.ts";
import { EXIT, interruptible, write } from "./process.ts";
import { progressLine } from "./progressLine.ts";
import { drawReport } from "./report.ts";
import { listOf, numberOf, singleValue } from "./usage.ts";

/** A word quoted for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Formats in which a dry run is printed. */
const DRY_RUN_FORMATS = ["text", "json"] as const;
export type DryRunFormat = (typeof DRY_RUN_FORMATS)[number];

const KEEP = ["trace", "latents", "states"] as const;

interface Arguments {
  readonly file: string;
  readonly server?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly lora?: readonly string[] | undefined;
  readonly out?: string | undefined;
  readonly extend: boolean;
  readonly reuse: readonly string[];
  readonly cache: boolean;
  readonly profile?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly video: boolean;
  readonly keep: readonly (typeof KEEP)[number][];
  readonly "states-at"?: readonly number[] | undefined;
  readonly "dry-run": boolean;
  readonly format?: DryRunFormat | undefined;
  readonly show: boolean;
  readonly report: boolean;
  readonly quiet: boolean;
  readonly "fail-on-nan": boolean;
}

async function sweepThrough(
  typed: Arguments,
  { source, ports, folder }: ExperimentFile,
  directory: string,
): Promise<SweepEnd> {
  const [{ runSweep }, { ARTIFACTS }, { userCache }] = await Promise.all([
    import("../sweep/runSweep.ts"),
    import("../sweep/artifacts.ts"),
    import("../sweep/cellCache.ts"),
  ]);
  const line = progressLine(process.stderr, typed.quiet);
  const { signal, release } = interruptible(line.note);
  try {
    return await runSweep({
      experiment: source,
      profile: typed.profile,
      ports,
      folder,
      directory,
      extend: typed.extend,
      reuse: typed.reuse,
      cache: typed.cache ? userCache() : undefined,
      server: typed.server,
      model: typed.model,
      loras: typed.lora,
      concurrency: typed.concurrency,
      keep: [...typed.keep, ...(typed.video ? (["video"] as const) : [])].map((name) => ARTIFACTS[name]),
      statesAt: typed["states-at"],
      signal,
      command: ["npx l1probe", ...process.argv.slice(2).map(quoted)].join(" "),
      status: line.status,
      progress: line.update,
      note: (sentence) => line.note(`note: ${sentence}`),
    });
  } finally {
    line.end();
    release();
  }
}

function exitCode({ made, failed, refused, nonFinite }: SweepEnd, failOnNan: boolean): number {
  if (failed === 0) return failOnNan && nonFinite > 0 ? EXIT.someFailed : EXIT.done;
  const nothingRan = made === 0 && refused === failed;
  return nothingRan ? EXIT.badInput : EXIT.someFailed;
}

async function run(typed: Arguments): Promise<void> {
  const { expandFile } = await import("./experimentFile.ts");
  // yargs turns a lone - into the empty string.
  const path = typed.file === "" && process.argv.includes("-") ? "-" : typed.file;
  const file = await expandFile(path, typed.profile);
  const { expansion } = file;
  const directory = typed.out ?? `runs/${[expansion.name, typed.profile].filter(Boolean).join("-")}`;
  if (typed["dry-run"]) {
    const { dryRun } = await import("./dryRun.ts");
    await dryRun(typed, expansion, directory);
    return;
  }
  const end = await sweepThrough(typed, file, directory);
  process.exitCode = exitCode(end, typed["fail-on-nan"]);
  await write([`${directory}: ${end.finished} of ${end.cells} cells\n`]);
  if (end.finished > 0 && (typed.report || typed.show)) await drawReport(directory, typed.show);
}

function formatOfDryRun(typed: Readonly<Record<string, unknown>>): true {
  if (typed.format === undefined || typed["dry-run"] === true) return true;
  throw new ProbeError("input", `--format ${typed.format} needs --dry-run; give both, or leave --format out.`, {
    path: "format",
  });
}

/** `l1probe sweep FILE`: runs an experiment, or its missing cells. */
export const sweep: CommandModule<object, Arguments> = {
  command: "sweep <file>",
  describe: "run an experiment, or only its missing cells, and write its report",
  builder: (yargs) =>
    yargs
      .positional("file", {
        type: "string",
        demandOption: true,
        describe: "the experiment's YAML file; - reads standard input",
      })
      .option("server", {
        type: "string",
        requiresArg: true,
        coerce: listOf,
        describe:
          "HOST:PORT of a running server; repeat it for each model that the experiment names. By default a server is " +
          "started on this machine for each model, one at a time",
      })
      .option("model", {
        type: "string",
        requiresArg: true,
        describe:
          "folder, hub id or random:NAME of the server to start if the experiment names no model; by default " +
          "$L1PROBE_MODEL or the bundled model",
      })
      .option("lora", {
        type: "string",
        requiresArg: true,
        coerce: listOf,
        describe:
          "a LoRA of the server to start, a file, folder or hub id, times :SCALE if given; repeat it for several. " +
          "docs/server.md says how to name one",
      })
      .option("out", {
        type: "string",
        requiresArg: true,
        describe: "the sweep's folder; by default runs/NAME, or runs/NAME-PROFILE",
      })
      .option("extend", {
        type: "boolean",
        default: false,
        describe:
          "let a changed experiment replace the one in the folder: cells that both have are kept, missing ones run, and " +
          "the others stay in the journal and out of tables",
      })
      .option("reuse", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        default: [] as string[],
        describe:
          "folder of another sweep whose finished cells are taken, not run again, if model, dtypes and versions agree",
      })
      .option("cache", {
        type: "boolean",
        default: true,
        describe:
          "take finished cells from this user's cache, and remember new ones there; with --no-cache, run them again",
      })
      .option("profile", {
        type: "string",
        requiresArg: true,
        describe: "a profile of the experiment whose values override its base",
      })
      .option("concurrency", {
        type: "string",
        requiresArg: true,
        coerce: numberOf("concurrency"),
        describe:
          "maximum number of concurrent cells; by default the server's batch size. Batched and single results differ " +
          "only by floating-point rounding; the record says each step's batch size",
      })
      .option("video", { type: "boolean", default: false, describe: "save an mp4 of each cell" })
      .option("keep", {
        choices: KEEP,
        array: true,
        nargs: 1,
        default: [] as (typeof KEEP)[number][],
        describe:
          "save more of each cell: every signal of every step, the final latents, or the states after some steps",
      })
      .option("states-at", {
        type: "string",
        requiresArg: true,
        coerce: (typed: string | string[]) => String(typed).split(",").map(numberOf("states-at")),
        describe: "with --keep states: the numbers of steps after which the solver's state is saved, such as 12,24",
      })
      .option("dry-run", {
        type: "boolean",
        default: false,
        describe:
          "print cells, steps and forwards, and run nothing; with --server also estimate time and memory from " +
          "what it has measured",
      })
      .option("format", {
        choices: DRY_RUN_FORMATS,
        requiresArg: true,
        describe: "output format of --dry-run; text by default",
      })
      .option("show", { type: "boolean", default: false, describe: "open the figures when the sweep is done" })
      .option("report", {
        type: "boolean",
        default: true,
        describe: "write report.html and the figures; with --no-report, run l1probe report later",
      })
      .option("fail-on-nan", {
        type: "boolean",
        default: false,
        describe: "exit with 1 if a cell has NaN or infinity; a note names its first such step either way",
      })
      .option("quiet", { type: "boolean", default: false, describe: "print no progress line" })
      .check(singleValue("model", "out", "profile", "concurrency", "format"))
      .check(formatOfDryRun)
      .example("$0 sweep experiments/quickstart.yaml", "four cells on the bundled model")
      .example(
        "$0 sweep experiments/steps.yaml --video --keep latents",
        "save a clip and the final latents of each cell",
      )
      .example("$0 sweep experiments/steps.yaml --profile hunyuan --server gpu-host:50151", "on a GPU host")
      .example("$0 sweep experiments/shift.yaml --extend", "after a schedule was added: run only its cells")
      .example("$0 sweep experiments/shift.yaml --reuse runs/schedules", "run only cells that another sweep has not")
      .example("$0 sweep experiments/shift.yaml --dry-run", "how many steps and forwards that is")
      .example(
        "$0 sweep experiments/shift.yaml --dry-run --server gpu-host:50151",
        "how long it would take there, and how much memory",
      ),
  handler: run,
};
