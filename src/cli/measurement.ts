import type { Argv } from "yargs";
import type { RunSettings } from "../advice/runOnPairs.ts";
import { ProbeError } from "../errors.ts";
import { chooseServers } from "./config.ts";
import { interruptible, typedCommand } from "./process.ts";
import { progressLine } from "./progressLine.ts";
import { listOf, numberOf, singleValue } from "./usage.ts";

const FORMATS = ["text", "json"] as const;

/** Options of every command that runs schedules to measure them. */
export interface MeasurementArguments {
  readonly set: readonly string[];
  readonly profile?: string | undefined;
  readonly out?: string | undefined;
  readonly format: (typeof FORMATS)[number];
  readonly server?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly quiet: boolean;
}

/** The same options, for a command that writes into runs/NAME-`what`-SAMPLER. */
export function withMeasurementOptions<T>(yargs: Argv<T>, what: string) {
  return yargs
    .option("profile", { type: "string", requiresArg: true, describe: "a profile of the experiment" })
    .option("set", {
      type: "string",
      array: true,
      nargs: 1,
      requiresArg: true,
      default: [] as string[],
      describe: "set a value over the experiment, in YAML, such as base.frames=1; repeat it",
    })
    .option("server", {
      type: "string",
      requiresArg: true,
      coerce: listOf,
      describe:
        "HOST:PORT of a running server, or a host of l1probe.toml; by default as for sweep: one is started on this machine",
    })
    .option("model", { type: "string", requiresArg: true, describe: "the model of the server to start" })
    .option("concurrency", {
      type: "string",
      requiresArg: true,
      coerce: numberOf("concurrency"),
      describe: "maximum number of concurrent runs; by default the server's batch size",
    })
    .option("out", { type: "string", requiresArg: true, describe: `folder; by default runs/NAME-${what}-SAMPLER` })
    .option("format", { choices: FORMATS, requiresArg: true, default: "text" as const, describe: "what is printed" })
    .option("quiet", { type: "boolean", default: false, describe: "print no progress line" })
    .check(singleValue("profile", "model", "concurrency", "out", "format"));
}

/** A comma-separated list of numbers of steps, ascending and each once. */
export function stepsOf(typed: string): number[] {
  const values = typed.split(",").map((text) => Number(text.trim() === "" ? Number.NaN : text));
  const wrong = values.find((value) => !(Number.isInteger(value) && value >= 1 && value <= 1000));
  if (wrong !== undefined || values.length === 0)
    throw new ProbeError(
      "input",
      `--steps is ${JSON.stringify(typed)}; it must be whole numbers from 1 to 1000, like 4,6,8,10,20.`,
      { path: "steps" },
    );
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Runs a measurement with a progress line, until it ends or is interrupted. */
export async function measuring<Result>(
  typed: MeasurementArguments,
  where: Pick<RunSettings, "folder" | "ports">,
  run: (settings: RunSettings, note: (sentence: string) => void) => Promise<Result>,
): Promise<Result> {
  const choice = chooseServers(typed);
  const line = progressLine(process.stderr, typed.quiet);
  const { signal, release } = interruptible(line.note);
  try {
    return await run(
      {
        ...where,
        server: choice.servers.map(({ address }) => address),
        serverImplied: choice.implied,
        model: typed.model,
        concurrency: typed.concurrency,
        signal,
        command: typedCommand(),
        status: line.status,
        progress: line.update,
        note: (sentence) => line.note(`note: ${sentence}`),
      },
      (sentence) => line.note(sentence),
    );
  } finally {
    line.end();
    release();
  }
}

/** How many pairs to take: those that were asked for, or as many of the default as there are. */
export function pairCount(asked: number | undefined, fallback: number, available: number, what: string): number {
  if (asked === undefined) return Math.min(fallback, available);
  if (!Number.isInteger(asked) || asked < 1 || asked > available)
    throw new ProbeError(
      "input",
      `--pairs is ${asked}; ${what} has ${available} ${available === 1 ? "pair" : "pairs"} of prompt and seed to take, so give a whole number from 1 to ${available}.`,
      { path: "pairs" },
    );
  return asked;
}
