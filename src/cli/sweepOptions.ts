import type { Argv } from "yargs";
import { listOf, numberOf } from "./usage.ts";

const KEEP = ["trace", "latents", "states", "frames"] as const;

/** The options of every command that runs cells, and those of what follows. */
export interface SweepArguments {
  readonly server?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly lora?: readonly string[] | undefined;
  readonly out?: string | undefined;
  readonly set: readonly string[];
  readonly extend: boolean;
  readonly reuse: readonly string[];
  readonly cache: boolean;
  readonly concurrency?: number | undefined;
  readonly video: boolean;
  readonly keep: readonly (typeof KEEP)[number][];
  readonly "states-at"?: readonly number[] | undefined;
  readonly show: boolean;
  readonly report: boolean;
  readonly quiet: boolean;
  readonly "fail-on-nan": boolean;
}

/** Options that take one value. */
export const SINGLE = ["model", "out", "concurrency"] as const;

export function withSweepOptions<T>(yargs: Argv<T>) {
  return yargs
    .option("server", {
      type: "string",
      requiresArg: true,
      coerce: listOf,
      describe:
        "HOST:PORT of a running server, or a host of l1probe.toml; repeat it for each model that the experiment names. " +
        "By default $L1PROBE_SERVER, then the default host; if there is none, or for the word local, a server is " +
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
    .option("set", {
      type: "string",
      array: true,
      nargs: 1,
      requiresArg: true,
      default: [] as string[],
      describe: "set a value over the experiment, in YAML: steps=[4,8] sweeps it, base.seed=3 sets it; repeat it",
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
        "save more of each cell: every signal of every step, the final latents, the states after some steps, or the " +
        "decoded frames uncompressed",
    })
    .option("states-at", {
      type: "string",
      requiresArg: true,
      coerce: (typed: string | string[]) => String(typed).split(",").map(numberOf("states-at")),
      describe: "with --keep states: the numbers of steps after which the solver's state is saved, such as 12,24",
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
    .option("quiet", { type: "boolean", default: false, describe: "print no progress line" });
}
