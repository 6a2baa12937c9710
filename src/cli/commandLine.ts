import yargs, { type Argv } from "yargs";
import { ProbeError } from "../errors.ts";
import { packageVersion } from "../package.ts";
import { dependence } from "./dependence.ts";
import { doctor } from "./doctor.ts";
import { exportRows } from "./export.ts";
import { ls } from "./ls.ts";
import { EXIT_OF, say } from "./process.ts";
import { recommend } from "./recommend.ts";
import { report } from "./report.ts";
import { runProbe } from "./run.ts";
import { schedule } from "./schedule.ts";
import { setup } from "./setup.ts";
import { sweep } from "./sweep.ts";
import { table } from "./table.ts";
import { explainUsage } from "./usage.ts";
import { verify } from "./verify.ts";

/** A usage error of yargs, with the help of the command in question. */
class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.help = help;
  }
}

/** The commands, ready to parse these words. */
export function parser(words: readonly string[]): Argv {
  return (
    yargs([...words])
      .scriptName("l1probe")
      .usage("$0 <command>\n\nAn oscilloscope for the sampling loop of video diffusion models.")
      .command(sweep)
      .command(runProbe)
      .command(report)
      .command(exportRows)
      .command(table)
      .command(ls)
      .command(dependence)
      .command(recommend)
      .command(verify)
      .command(schedule)
      .command(doctor)
      .command(setup)
      .completion("completion", "print a shell completion script")
      .version(packageVersion())
      .alias("version", "V")
      .demandCommand(1, "A command is missing.")
      .epilogue(
        "Exit codes: 0 done, 1 some cells failed, 2 bad usage or input, 3 server not reachable, 130 interrupted.",
      )
      .help()
      .alias("help", "h")
      .strict()
      // A pasted -shift:7 is one unknown word, not the letters s, h (help), i, f and t.
      .parserConfiguration({ "short-option-groups": false })
      .locale("en")
      .wrap(Math.min(110, process.stdout.columns ?? 110))
      .exitProcess(false)
      .fail((message, error, usage) => {
        // The types of yargs are wrong here: it passes its usage object.
        if (error !== undefined && error.name !== "YError") throw error;
        throw new UsageError(error?.message ?? message, (usage as unknown as { help(): string }).help());
      })
  );
}

/** Whether the operating system refused: a full disk, a folder without write permission. */
function isSystemError({ cause }: ProbeError): boolean {
  return cause instanceof Error && "syscall" in cause;
}

function traceOf({ cause, stack = "" }: ProbeError): string {
  return cause instanceof Error ? (cause.stack ?? stack) : stack;
}

/** Runs one command line; the process's exit code is set, never forced, so that output is not cut. */
export async function runCommandLine(commands: Argv): Promise<void> {
  try {
    await commands.parseAsync();
  } catch (thrown) {
    const error =
      thrown instanceof UsageError
        ? new ProbeError("input", explainUsage(thrown.message, thrown.help))
        : ProbeError.from(thrown);
    say(`l1probe: ${error.message}`);
    if (error.kind === "internal" && !isSystemError(error))
      say(`This is a bug in l1probe; please report it.\n${traceOf(error)}`);
    process.exitCode = EXIT_OF[error.kind];
  }
}
