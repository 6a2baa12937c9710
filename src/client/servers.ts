import { setTimeout as sleep } from "node:timers/promises";
import { ProbeError } from "../errors.ts";
import { modelLabel } from "../experiment/identity.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import type { ProbeClient } from "./connect.ts";
import type { LocalServer, LocalServerOptions } from "./localServer.ts";

// gRPC and processes are loaded once a server is needed, since a complete sweep ends without one.

/** A server that is ready for calls, whoever started it. */
export interface OpenServer {
  readonly client: ProbeClient;
  /** Adds to an error how a local server ended, if it did. */
  explain(thrown: unknown): Promise<ProbeError>;
  /** Disconnects, and stops the server if it was started here. */
  close(): Promise<void>;
}

/** Milliseconds to wait for a process to end after its connection broke. */
const END_PATIENCE = 1_000;

async function explain(local: LocalServer, thrown: unknown): Promise<ProbeError> {
  const error = ProbeError.from(thrown);
  if (error.kind !== "unreachable") return error;
  await Promise.race([local.ended, sleep(END_PATIENCE)]);
  const fate = local.fate();
  if (fate === undefined) return error;
  return new ProbeError("unreachable", `The local server ${fate}. ${local.log()}`, {
    cause: thrown,
  });
}

/**
 * A client of a running server. Nothing is dialled yet.
 *
 * @throws ProbeError kind input if the address is invalid
 */
export async function dialServer(address: string): Promise<OpenServer> {
  const { connect } = await import("./connect.ts");
  const client = connect(address);
  return { client, explain: async (thrown) => ProbeError.from(thrown), close: async () => client.close() };
}

/**
 * Starts a server on this machine.
 *
 * @throws ProbeError kind unreachable or interrupted
 */
export async function startServer(options: LocalServerOptions): Promise<OpenServer> {
  const [{ connect }, { startLocalServer }] = await Promise.all([import("./connect.ts"), import("./localServer.ts")]);
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
  /** `HOST:PORT` of running servers; if empty, one is started on this machine for each model, one at a time. */
  readonly servers: readonly string[];
  /** The model of the server to start for cells that name none. */
  readonly model?: string | undefined;
  /** LoRAs of the server to start, as its `--lora` takes them. */
  readonly loras?: readonly string[] | undefined;
  /** Base of models' relative paths; by default the current folder. */
  readonly folder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what is being waited for. */
  readonly status?: ((text: string) => void) | undefined;
}

/** A server with its description. */
export interface DescribedServer extends OpenServer {
  readonly description: DescribeResponse;
}

/** The servers of a sweep, by model. */
export interface Servers {
  /** Whether all of them are running already, so that opening one takes no time. */
  readonly running: boolean;
  /**
   * The server of a model. A server that was started for it stops when it is closed.
   *
   * @param model a folder, hub id or random:NAME; null for whatever there is
   * @throws ProbeError kind input if no server runs that model, unreachable, or interrupted
   */
  open(model: string | null): Promise<DescribedServer>;
  /** Disconnects. */
  close(): Promise<void>;
}

/**
 * @throws ProbeError kind input if an address is invalid or repeated, or servers are named together with a model or a
 * LoRA
 */
export function checkServers({ servers, model, loras = [] }: Pick<ServersChoice, "servers" | "model" | "loras">): void {
  for (const address of servers) checkAddress(address);
  const twice = servers.find((address, i) => servers.indexOf(address) !== i);
  if (twice !== undefined)
    throw new ProbeError("input", `The server ${twice} is named twice; name it once.`, { path: "server" });
  const [first] = servers;
  if (first !== undefined && model !== undefined) {
    throw new ProbeError("input", `The server ${first} has its own model; leave out model ${model} or the server.`, {
      path: "model",
    });
  }
  const [lora] = loras;
  if (first !== undefined && lora !== undefined) {
    throw new ProbeError(
      "input",
      `The server ${first} has its own weights, so LoRA ${lora} cannot be loaded; start it with --lora ${lora}, or ` +
        "leave out one of them.",
      { path: "lora" },
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

/** Starts a server for each model when it is opened. */
function startedServers({ model: wanted, loras, folder, signal, status }: ServersChoice): Servers {
  return {
    running: false,
    async open(model) {
      status?.(`starting a server${model === null ? "" : ` with ${model}`} on this machine`);
      const named = model === null ? { model: wanted } : { model, folder };
      return described(await startServer({ ...named, loras, signal }));
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
    some
      .map(({ client, description }) => `${modelLabel(description.provenance?.model)} at ${client.address}`)
      .join(", ");
  throw new ProbeError(
    "input",
    model === null
      ? `The cells name no model, but there are several servers (${list(open)}); name one server, or give the cells a model.`
      : only === undefined
        ? `model is ${model}, which no server runs; there is ${list(open)}.`
        : `model is ${model}, which several servers run (${list(found)}); name one of them.`,
    { path: "model" },
  );
}

/** Describes running servers. */
async function runningServers({ servers, status }: ServersChoice): Promise<Servers> {
  const open: DescribedServer[] = [];
  const close = async () => {
    await Promise.all(open.map((server) => server.close()));
  };
  try {
    for (const server of servers) {
      status?.(`asking the server at ${server}`);
      open.push(await described(await dialServer(server)));
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
 * The named servers, each described, or servers that are started on this machine one at a time.
 *
 * @throws ProbeError kind input (see {@link checkServers}), or unreachable
 */
export async function openServers(choice: ServersChoice): Promise<Servers> {
  checkServers(choice);
  return choice.servers.length === 0 ? startedServers(choice) : runningServers(choice);
}

const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})$/;
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\]):/;

/**
 * Checks a server's address.
 *
 * @param text `HOST:PORT`, an IPv6 host in brackets
 * @throws ProbeError kind input
 */
export function checkAddress(text: string): string {
  const port = Number(HOST_AND_PORT.exec(text)?.[2]);
  if (port >= 1 && port <= 65535) return text;
  throw new ProbeError(
    "input",
    `The server's address is ${JSON.stringify(text)}; it must be HOST:PORT with a port from 1 to 65535, ` +
      `for example 127.0.0.1:50051 or [::1]:50051.`,
    { path: "server" },
  );
}

/** Whether the address is on this machine, so that no proxy may intervene. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}
