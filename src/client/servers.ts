import { setTimeout as sleep } from "node:timers/promises";
import { ProbeError } from "../errors.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import { checkAddress, connect, type ProbeClient } from "./connect.ts";
import { type LocalServer, type LocalServerOptions, startLocalServer } from "./localServer.ts";

/** A server to work with, whoever started it. */
export interface OpenServer {
  readonly client: ProbeClient;
  /** Adds to an error what is known of a local server that has gone. */
  explain(thrown: unknown): Promise<ProbeError>;
  /** Hangs up, and ends the server if it was started here. */
  close(): Promise<void>;
}

/** Milliseconds in which a process whose connection broke is seen to have ended. */
const END_PATIENCE = 1_000;

async function explain(local: LocalServer, thrown: unknown): Promise<ProbeError> {
  const error = ProbeError.from(thrown);
  if (error.kind !== "unreachable") return error;
  await Promise.race([local.ended, sleep(END_PATIENCE)]);
  const fate = local.fate();
  if (fate === undefined) return error;
  return new ProbeError(
    "unreachable",
    `The local server ${fate}; run the same command again to go on. ${local.log()}`,
    {
      cause: thrown,
    },
  );
}

/**
 * A server that runs; nothing is dialled yet.
 *
 * @throws ProbeError kind input where the address is none
 */
export function dialServer(address: string): OpenServer {
  const client = connect(address);
  return { client, explain: async (thrown) => ProbeError.from(thrown), close: async () => client.close() };
}

/**
 * Starts a server on this machine.
 *
 * @throws ProbeError kind unreachable or interrupted
 */
export async function startServer(options: LocalServerOptions): Promise<OpenServer> {
  const local = await startLocalServer(options);
  const client = connect(local.address);
  return {
    client,
    explain: (thrown) => explain(local, thrown),
    async close() {
      client.close();
      await local.stop();
    },
  };
}

/** Which servers there are to work with. */
export interface ServersChoice {
  /** `HOST:PORT` of servers that run; where there is none, one is started on this machine for each model in turn. */
  readonly servers: readonly string[];
  /** The model of the server to start for whoever names none. */
  readonly model?: string | undefined;
  /** The folder that models are relative to; else the current one. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears what is waited for. */
  readonly status?: ((text: string) => void) | undefined;
}

/** A server with what it said of itself. */
export interface DescribedServer extends OpenServer {
  readonly description: DescribeResponse;
}

/** Where models are found. */
export interface Servers {
  /** Whether all of them run already, so that asking them takes no work. */
  readonly running: boolean;
  /**
   * The server of a model. One that was started for it ends when it is closed.
   *
   * @param model a folder, hub id or random:NAME; null for whatever there is
   * @throws ProbeError kind input where no server runs that model, unreachable, or interrupted
   */
  open(model: string | null): Promise<DescribedServer>;
  /** Hangs up. */
  close(): Promise<void>;
}

/** @throws ProbeError kind input where an address is none or comes twice, or both servers and a model are named */
export function checkServers({ servers, model }: Pick<ServersChoice, "servers" | "model">): void {
  for (const address of servers) checkAddress(address);
  const twice = servers.find((address, i) => servers.indexOf(address) !== i);
  if (twice !== undefined)
    throw new ProbeError("input", `The server ${twice} is named twice; name it once.`, { path: "server" });
  const [first] = servers;
  if (first !== undefined && model !== undefined) {
    throw new ProbeError(
      "input",
      `The server ${first} has its model already; leave out model ${model}, or the server.`,
      { path: "model" },
    );
  }
}

async function described(open: OpenServer): Promise<DescribedServer> {
  try {
    return { ...open, description: await open.client.describe() };
  } catch (thrown) {
    await open.close();
    throw await open.explain(thrown);
  }
}

/** Starts a server for each model when its turn comes. */
function startedServers({ model: wanted, folder, signal, status }: ServersChoice): Servers {
  return {
    running: false,
    async open(model) {
      status?.(`starting a server${model === null ? "" : ` of ${model}`} on this machine`);
      return described(await startServer(model === null ? { model: wanted, signal } : { model, folder, signal }));
    },
    close: async () => undefined,
  };
}

function idOf({ description }: DescribedServer): string {
  return description.provenance?.model?.id ?? "an unknown model";
}

/**
 * Whether a server's model id stands for a model that a caller named. A server reports a folder's last name, not its
 * path, and a copy of a hub's model may lie in a folder of that name.
 */
export function sameModelName(id: string, named: string): boolean {
  return id === named || id === named.replace(/\/+$/, "").split("/").at(-1);
}

function choose(open: readonly DescribedServer[], model: string | null): DescribedServer {
  const exact = open.filter((server) => idOf(server) === model);
  const found =
    model === null ? open : exact.length > 0 ? exact : open.filter((server) => sameModelName(idOf(server), model));
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  const list = (some: readonly DescribedServer[]) =>
    some.map((server) => `${idOf(server)} at ${server.client.address}`).join(", ");
  throw new ProbeError(
    "input",
    model === null
      ? `The cells name no model, and there are several servers (${list(open)}); name one server, or give cells a model.`
      : only === undefined
        ? `model is ${model}, which no server runs; there is ${list(open)}.`
        : `model is ${model}, which several servers run (${list(found)}); name one of them.`,
    { path: "model" },
  );
}

/** Asks servers that run for what they are. */
async function runningServers({ servers, status }: ServersChoice): Promise<Servers> {
  const open: DescribedServer[] = [];
  const close = async () => {
    await Promise.all(open.map((server) => server.close()));
  };
  try {
    for (const server of servers) {
      status?.(`asking the server at ${server}`);
      open.push(await described(dialServer(server)));
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    running: true,
    open: async (model) => ({ ...choose(open, model), close: async () => undefined }),
    close,
  };
}

/**
 * The named servers, each asked what it is, or servers of this machine that are started one after the other.
 *
 * @throws ProbeError kind input (see {@link checkServers}), or unreachable
 */
export async function openServers(choice: ServersChoice): Promise<Servers> {
  checkServers(choice);
  return choice.servers.length === 0 ? startedServers(choice) : runningServers(choice);
}
