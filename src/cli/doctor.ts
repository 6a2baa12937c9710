import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import type { Check } from "./doctorChecks.ts";
import { EXIT, interruptible, say, write } from "./process.ts";
import { singleValue } from "./usage.ts";

interface Arguments {
  readonly server?: string | undefined;
  readonly model?: string | undefined;
}

/** What the server that is asked about says, or undefined where none is. */
async function asked({ server, model }: Arguments): Promise<Check[] | undefined> {
  if (server === undefined && model === undefined) return undefined;
  const { modelChecks, serverChecks } = await import("./doctorChecks.ts");
  if (server !== undefined) return serverChecks(server);
  if (model === undefined) return undefined;
  const { signal, release } = interruptible(say);
  say(`starting a server of ${model} on this machine`);
  return modelChecks(model, signal).finally(release);
}

async function run(typed: Arguments): Promise<void> {
  const { server, model } = typed;
  if (server !== undefined && model !== undefined) {
    throw new ProbeError(
      "input",
      `The server ${server} has its model already; leave out --model ${model}, or the server.`,
      {
        path: "model",
      },
    );
  }
  const print = async (some: readonly Check[]) =>
    write(some.map(({ what, how, good }) => `${good ? "ok     " : "missing"} ${what.padEnd(26)} ${how}\n`));
  const { localChecks } = await import("./doctorChecks.ts");
  const local = await localChecks();
  await print(local);
  const remote = await asked(typed);
  if (remote !== undefined) {
    await print(remote);
    if (remote.some(({ good }) => !good)) process.exitCode = EXIT.unreachable;
  } else if (local.some(({ good }) => !good)) {
    say("No server can be started on this machine as it is; sweeps need --server, or what is missing.");
    process.exitCode = EXIT.unreachable;
  }
}

/** `l1probe doctor`: what is installed, reachable, and which versions. */
export const doctor: CommandModule<object, Arguments> = {
  command: "doctor",
  describe: "say what is installed, reachable, and which versions",
  builder: (yargs) =>
    yargs
      .option("server", {
        type: "string",
        requiresArg: true,
        describe: "HOST:PORT of a server to ask, too",
      })
      .option("model", {
        type: "string",
        requiresArg: true,
        describe: "folder, hub id or random:NAME of a server to start, ask and end",
      })
      .check(singleValue("server", "model"))
      .example("$0 doctor", "can a sweep run here?")
      .example("$0 doctor --server gpu-host:50151", "which model, device and versions are there?")
      .example("$0 doctor --model server-py/models/tiny", "does this model load, and what does it take?"),
  handler: run,
};
