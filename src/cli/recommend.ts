import type { CommandModule } from "yargs";
import { METHODS, type Method } from "../analysis/recommendation.ts";
import { ProbeError } from "../errors.ts";
import { type MeasurementArguments, measuring, pairCount, stepsOf, withMeasurementOptions } from "./measurement.ts";
import { typedCommand, write } from "./process.ts";
import { numberOf, singleValue } from "./usage.ts";

interface Arguments extends MeasurementArguments {
  readonly file: string;
  readonly steps: string;
  readonly method: Method;
  readonly sampler?: string | undefined;
  readonly order?: number | undefined;
  readonly pairs?: number | undefined;
  readonly windows: string;
  readonly base: string;
  readonly check?: string | undefined;
}

function windowsOption(typed: string): readonly [number, number] {
  const [, steps, windows] = /^(\d+)\/(\d+)$/.exec(typed) ?? [];
  if (steps === undefined || windows === undefined)
    throw new ProbeError("input", `--windows is ${typed}; it must be STEPS/WINDOWS, like 48/12 or 24/8.`, {
      path: "windows",
    });
  return [Number(steps), Number(windows)];
}

/** The N whose schedule is measured again: by default the middle one of those up to 10. */
function checkOption(typed: string | undefined, steps: readonly number[], method: Method): number | null {
  if (typed === "none") return null;
  if (method === "best-shift" || method === "linear-quadratic") return null;
  if (typed === undefined) {
    const few = steps.filter((n) => n >= 2 && n <= 10);
    return few[Math.floor((few.length - 1) / 2)] ?? null;
  }
  const wanted = Number(typed);
  if (steps.includes(wanted) && wanted >= 2) return wanted;
  throw new ProbeError(
    "input",
    `--check is ${typed}; it must be none, or one of --steps from 2 on: ${steps.join(", ")}.`,
    { path: "check" },
  );
}

async function run(typed: Arguments): Promise<void> {
  const [{ expandFile }, { pairsOf }, { recommend }, { recommendationAnswer, writeRecommendation }, { answerText }] =
    await Promise.all([
      import("./experimentFile.ts"),
      import("../experiment/pairs.ts"),
      import("../advice/recommend.ts"),
      import("../report/recommendation.ts"),
      import("../report/answerPage.ts"),
    ]);
  const steps = stepsOf(typed.steps);
  const windows = windowsOption(typed.windows);
  const check = checkOption(typed.check, steps, typed.method);
  const { expansion, ports, folder } = await expandFile(typed.file, typed.profile, typed.set);
  const { pairs: all, sampler: written, setting } = pairsOf(expansion);
  const pairs = all.slice(0, pairCount(typed.pairs, 2, all.length, typed.file));
  const sampler = typed.sampler ?? written;
  const name = [expansion.name, typed.profile].filter(Boolean).join("-");
  const directory = typed.out ?? `runs/${name}-recommend-${sampler}`;
  const found = await measuring(typed, { folder, ports }, (settings) =>
    recommend({
      method: typed.method,
      pairs,
      sampler,
      order: typed.order,
      steps,
      windows,
      base: typed.base,
      check,
      directory,
      run: settings,
    }),
  );
  const answer = recommendationAnswer(found, {
    name,
    experiment: typed.file,
    profile: typed.profile ?? null,
    set: typed.set,
    pairs,
    sampler,
    setting,
    base: typed.base,
    windows,
    command: typedCommand(),
  });
  const files = await writeRecommendation(directory, found, answer);
  if (typed.format === "json") await write([`${JSON.stringify(answer.data, null, 1)}\n`]);
  else await write([...answerText(answer), "", ...files].map((line) => `${line}\n`));
}

/** `l1probe recommend FILE`: measures a model with a few pairs and proposes a schedule for each N. */
export const recommend: CommandModule<object, Arguments> = {
  command: "recommend <file>",
  describe: "measure which steps matter with a few prompts, and write a schedule for each N",
  builder: (yargs) =>
    withMeasurementOptions(yargs, "recommend")
      .positional("file", {
        type: "string",
        demandOption: true,
        describe: "an experiment whose cells give the pairs of prompt and seed, and the setting",
      })
      .option("steps", {
        type: "string",
        requiresArg: true,
        default: "4,6,8,10,20",
        describe: "the N to write schedules for; one measurement serves all",
      })
      .option("method", {
        choices: METHODS,
        requiresArg: true,
        default: "knock-out" as const,
        describe:
          "knock-out measures how the final latents change without a window's steps; amplification takes the shape " +
          "within windows from the curve, for few of them; best-shift searches the flow shift; linear-quadratic measures nothing",
      })
      .option("sampler", { type: "string", requiresArg: true, describe: "by default that of the experiment" })
      .option("order", {
        type: "string",
        requiresArg: true,
        coerce: numberOf("order"),
        describe: "the solver's order, if its name does not say it",
      })
      .option("pairs", {
        type: "string",
        requiresArg: true,
        coerce: numberOf("pairs"),
        describe: "how many of the experiment's pairs to measure; 2 by default",
      })
      .option("windows", {
        type: "string",
        requiresArg: true,
        default: "48/12",
        describe: "steps of the dense base and the windows it is cut into; 24/8 takes about a third of the time",
      })
      .option("base", {
        type: "string",
        requiresArg: true,
        default: "shift:5",
        describe: "the schedule of the dense base",
      })
      .option("check", {
        type: "string",
        requiresArg: true,
        describe: "the N whose schedule is measured again, or none; by default the middle one up to 10",
      })
      .check(singleValue("steps", "method", "sampler", "order", "pairs", "windows", "base", "check"))
      .example("$0 recommend experiments/held-out.yaml", "two pairs of the bundled model, in a few minutes")
      .example(
        "$0 recommend experiments/held-out.yaml --sampler unipc --windows 24/8",
        "for UniPC, in a third of the time",
      )
      .example("$0 schedule knock-out:runs/held-out-recommend-euler/recommendation.json --steps 12", "at any other N"),
  handler: run,
};
