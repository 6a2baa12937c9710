import type { RunSettings } from "../advice/runOnPairs.ts";
import { ProbeError } from "../errors.ts";
import { typedCommand } from "./dependence.ts";
import { interruptible } from "./process.ts";
import { progressLine } from "./progressLine.ts";

/** Options of every command that runs schedules to measure them. */
export interface MeasurementArguments {
  readonly server?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly quiet: boolean;
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
  const line = progressLine(process.stderr, typed.quiet);
  const { signal, release } = interruptible(line.note);
  try {
    return await run(
      {
        ...where,
        server: typed.server,
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
