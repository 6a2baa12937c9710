import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import type { ServerChoice } from "./config.ts";
import { say } from "./process.ts";
import { SINGLE, type SweepArguments, withSweepOptions } from "./sweepOptions.ts";
import { sweepAndReport } from "./sweepThrough.ts";
import { singleValue } from "./usage.ts";

/** Formats in which a dry run is printed. */
const DRY_RUN_FORMATS = ["text", "json"] as const;
export type DryRunFormat = (typeof DRY_RUN_FORMATS)[number];

interface Arguments extends SweepArguments {
  readonly file: string;
  readonly profile?: string | undefined;
  readonly "dry-run": boolean;
  readonly format?: DryRunFormat | undefined;
}

/** The profile that a host of l1probe.toml has by default, if the experiment has it. */
function hostProfile({ servers }: ServerChoice, profiles: readonly string[]): string | undefined {
  const [name, ...more] = [...new Set(servers.flatMap(({ profile }) => profile ?? []))];
  if (name === undefined || more.length > 0) return undefined;
  if (profiles.includes(name)) return name;
  say(`note: The experiment has no profile ${name}, which the host has by default, so none is applied.`);
  return undefined;
}

async function run(typed: Arguments): Promise<void> {
  const [{ expandFile, profilesOf, readFileSource }, { chooseServers }] = await Promise.all([
    import("./experimentFile.ts"),
    import("./config.ts"),
  ]);
  const choice = chooseServers(typed);
  // yargs turns a lone - into the empty string.
  const path = typed.file === "" && process.argv.includes("-") ? "-" : typed.file;
  const read = await readFileSource(path);
  const profile = typed.profile ?? hostProfile(choice, profilesOf(read.source));
  const file = await expandFile(read, profile, typed.set);
  const { expansion } = file;
  const directory = typed.out ?? `runs/${[expansion.name, profile].filter(Boolean).join("-")}`;
  if (typed["dry-run"]) {
    const { dryRun } = await import("./dryRun.ts");
    const server = typed.server === undefined ? undefined : choice.servers.map(({ address }) => address);
    await dryRun({ ...typed, server }, expansion, directory);
    return;
  }
  await sweepAndReport(typed, async () => ({ ...file, profile, directory, choice }));
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
    withSweepOptions(
      yargs.positional("file", {
        type: "string",
        demandOption: true,
        describe: "the experiment's YAML file; - reads standard input",
      }),
    )
      .option("profile", {
        type: "string",
        requiresArg: true,
        describe: "a profile of the experiment whose values override its base",
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
      .check(singleValue(...SINGLE, "profile", "format"))
      .check(formatOfDryRun)
      .example("$0 sweep experiments/quickstart.yaml", "four cells on the bundled model")
      .example("$0 sweep experiments/steps.yaml --set steps=[4,8] --set base.seed=3", "other steps, and another seed")
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
