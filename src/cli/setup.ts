import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import { installedEnvironment, isCheckout, packageRoot, packageVersion } from "../package.ts";
import { interruptible, say, write } from "./process.ts";
import { singleValue } from "./usage.ts";

interface Arguments {
  readonly from?: string | undefined;
  readonly python: string;
  readonly "system-packages": boolean;
}

/** A command that prints to this terminal; its failure is a sentence. */
async function runStep(command: string, words: readonly string[], signal: AbortSignal): Promise<void> {
  const { execa } = await import("execa");
  say(`$ ${[command, ...words].join(" ")}`);
  const options = { stdin: "ignore", stdout: process.stderr, stderr: "inherit", reject: false } as const;
  const ended = await execa(command, words, { ...options, cancelSignal: signal });
  if (ended.isCanceled) throw new ProbeError("interrupted", "The set-up was stopped; run it again to continue.");
  if (!ended.failed) return;
  const how = ended.exitCode === undefined ? `could not be started: ${ended.shortMessage}` : "failed; see above";
  throw new ProbeError("failed", `${command} ${words.slice(0, 3).join(" ")} ${how}.`);
}

async function checkPython(python: string): Promise<void> {
  const { execa } = await import("execa");
  const test = "import sys; sys.exit(sys.version_info < (3, 11))";
  const { failed } = await execa(python, ["-c", test], { reject: false, stdin: "ignore" });
  if (!failed) return;
  throw new ProbeError("input", `--python ${python} is not a Python of 3.11 or newer; name one that is.`, {
    path: "python",
  });
}

async function run(typed: Arguments): Promise<void> {
  const { python, from } = typed;
  if (isCheckout() && from === undefined) {
    throw new ProbeError(
      "input",
      `l1probe runs from the checkout ${packageRoot}, whose server \`make setup\` installs; or give --from.`,
      { path: "from" },
    );
  }
  await checkPython(python);
  const folder = installedEnvironment();
  const source = from === undefined ? `l1probe[server]==${packageVersion()}` : `${from}[server]`;
  const { signal, release } = interruptible(say);
  try {
    const shared = typed["system-packages"] ? ["--system-site-packages"] : [];
    await runStep(python, ["-m", "venv", ...shared, folder], signal);
    await runStep(`${folder}/bin/python`, ["-m", "pip", "install", "--upgrade", source], signal);
    await runStep(`${folder}/bin/python`, ["-c", "import l1probe.serving.service"], signal);
  } finally {
    release();
  }
  await write([`${folder}: sweeps without --server start their server there\n`]);
}

/** `l1probe setup`: the environment of servers that are started on this machine. */
export const setup: CommandModule<object, Arguments> = {
  command: "setup",
  describe: "install the server on this machine, for sweeps without --server; a checkout has make setup",
  builder: (yargs) =>
    yargs
      .option("from", {
        type: "string",
        requiresArg: true,
        describe: "the server's wheel, folder or URL; by default the release of this version",
      })
      .option("python", {
        type: "string",
        requiresArg: true,
        default: "python3",
        describe: "a Python of 3.11 or newer on which the environment is built",
      })
      .option("system-packages", {
        type: "boolean",
        default: false,
        describe: "use the packages of that Python too, such as a GPU host's own torch",
      })
      .check(singleValue("from", "python"))
      .example("$0 setup", "once, before the first sweep without --server")
      .example("$0 setup --from ./l1probe-0.1.0-py3-none-any.whl --system-packages", "a wheel, with the host's torch"),
  handler: run,
};
