import type { CommandModule } from "yargs";
import { ProbeError } from "../errors.ts";
import type { Check } from "./doctorChecks.ts";
import { EXIT, interruptible, say, write } from "./process.ts";
import { type TableColumn, type TableFormat, tabular, withFormat } from "./tabular.ts";
import { listOf, singleValue } from "./usage.ts";

interface Arguments {
  readonly server?: string | undefined;
  readonly model?: string | undefined;
  readonly lora?: readonly string[] | undefined;
  readonly format: TableFormat;
}

/** What the server in question reports; undefined if none is named. */
async function serverChecksOf({ server, model, lora = [] }: Arguments): Promise<Check[] | undefined> {
  if (server === undefined && model === undefined) return undefined;
  const { modelChecks, serverChecks } = await import("./doctorChecks.ts");
  if (server !== undefined) {
    const { chooseServers } = await import("./config.ts");
    const [named] = chooseServers({ server: [server] }).servers;
    return named === undefined ? undefined : serverChecks(named.address);
  }
  if (model === undefined) return undefined;
  const { signal, release } = interruptible(say);
  say(`starting a server with ${model} on this machine`);
  return modelChecks(model, lora, signal).finally(release);
}

const columns: readonly TableColumn<Check>[] = [
  { key: "good", of: ({ good }) => good, text: ({ good }) => (good ? "ok" : "missing") },
  { key: "what", of: ({ what }) => what.trim() },
  { key: "how", of: ({ how }) => how },
];

async function run(typed: Arguments): Promise<void> {
  const { server, model, lora } = typed;
  if (server !== undefined && model !== undefined) {
    throw new ProbeError("input", `--server ${server} has its own model; leave out --model ${model} or --server.`, {
      path: "model",
    });
  }
  if (lora !== undefined && model === undefined)
    throw new ProbeError("input", `--lora ${lora.join(" ")} needs the model that it changes; give --model, too.`, {
      path: "lora",
    });
  // People see each part as it is known; a program gets one table.
  const streamed = typed.format === "text";
  const print = async (some: readonly Check[]) =>
    write(some.map(({ what, how, good }) => `${good ? "ok     " : "missing"} ${what.padEnd(26)} ${how}\n`));
  const { localChecks } = await import("./doctorChecks.ts");
  const local = await localChecks();
  if (streamed) await print(local);
  const remote = await serverChecksOf(typed);
  if (!streamed) await write([tabular(columns, [...local, ...(remote ?? [])], typed.format)]);
  if (remote !== undefined) {
    if (streamed) await print(remote);
    if (remote.some(({ good }) => !good)) process.exitCode = EXIT.unreachable;
  } else if (local.some(({ good }) => !good)) {
    say("No server can be started on this machine; install what is missing, or give sweeps a --server.");
    process.exitCode = EXIT.unreachable;
  }
}

/** `l1probe doctor`: what is installed, reachable, and which versions. */
export const doctor: CommandModule<object, Arguments> = {
  command: "doctor",
  describe: "check what is installed and reachable, with versions",
  builder: (yargs) =>
    withFormat(yargs)
      .option("server", {
        type: "string",
        requiresArg: true,
        describe: "HOST:PORT of a running server, or a host of l1probe.toml, to check as well",
      })
      .option("model", {
        type: "string",
        requiresArg: true,
        describe: "folder, hub id or random:NAME: start a server with this model, check it, and stop it",
      })
      .option("lora", {
        type: "string",
        requiresArg: true,
        coerce: listOf,
        describe: "a LoRA to load into --model; repeat it for several",
      })
      .check(singleValue("server", "model", "format"))
      .example("$0 doctor", "can this machine run a sweep?")
      .example("$0 doctor --server gpu-host:50151", "which model, device and versions does that server have?")
      .example("$0 doctor --model server-py/models/tiny", "does this model load, and which cells does it take?"),
  handler: run,
};
