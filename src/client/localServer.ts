import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { execa } from "execa";
import { ProbeError } from "../errors.ts";
import { installedEnvironment, isCheckout, packageRoot, setupAdvice } from "../package.ts";
import { unary } from "./rpc.ts";
import { checkAddress, isLoopback } from "./servers.ts";

/** The interpreter that runs the server: $L1PROBE_PYTHON, by default what `make setup` or `l1probe setup` installed. */
export function python(): string {
  const own = isCheckout() ? `${packageRoot}.venv` : installedEnvironment();
  return process.env.L1PROBE_PYTHON ?? `${own}/bin/python`;
}

/** The environment in which that interpreter finds l1probe. */
export function pythonEnvironment(): Record<string, string> {
  const own = isCheckout() ? `${packageRoot}server-py` : undefined;
  const path = [own, process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { ...(path === "" ? {} : { PYTHONPATH: path }), PYTHONUNBUFFERED: "1" };
}

/** The folder of the model that ships with l1probe; an installed server has its own. */
export const bundledModel: string = `${packageRoot}server-py/models/tiny`;

/**
 * The model to serve: the named one, by default $L1PROBE_MODEL or the bundled model. A folder becomes an absolute path.
 *
 * @param folder base of a relative path
 * @returns undefined for the model inside an installed server
 */
export function modelArgument(model: string | undefined, folder = "."): string | undefined {
  const named = model ?? process.env.L1PROBE_MODEL ?? (isCheckout() ? bundledModel : undefined);
  if (named === undefined) return undefined;
  const path = resolve(folder, named);
  return existsSync(path) ? path : named;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 5_000;

/** Signals every process of the group that `leader` leads; false if none is left. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends a process group: SIGTERM, then SIGKILL to whatever is left of it.
 *
 * @param ended settles when the leader has gone
 */
export async function stopGroup(leader: number, ended: Promise<unknown>, grace = GRACE): Promise<void> {
  if (!signalGroup(leader, "SIGTERM")) return;
  const patience = new AbortController();
  await Promise.race([ended, sleep(grace, undefined, { signal: patience.signal }).catch(() => undefined)]);
  patience.abort();
  signalGroup(leader, "SIGKILL");
  await ended;
}

/** A Python server that this process started and has to stop. */
export interface LocalServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly pid: number;
  /** A sentence with the last lines that the server wrote to stderr, for an error's reader. */
  log(): string;
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
  /** How it ended, for example "was ended by SIGKILL"; undefined while it runs. */
  fate(): string | undefined;
  /** Ends the server and all its children; may be called twice. */
  stop(): Promise<void>;
}

export interface LocalServerOptions {
  /** A folder or hub id; by default $L1PROBE_MODEL or the bundled model. */
  readonly model?: string | undefined;
  /** LoRAs to load, as the server's `--lora` takes them. */
  readonly loras?: readonly string[] | undefined;
  /** Base of a model's relative path; by default the current folder. */
  readonly folder?: string | undefined;
  /** Stops the start. */
  readonly signal?: AbortSignal | undefined;
}

const KEPT_LOG_LINES = 20;
/** Milliseconds for SERVING to follow the line that says so. */
const HEALTH_PATIENCE = 30_000;

/** Reads `{"l1probe": "serving", "address": …}`; other lines are ignored. */
function servingAddress(line: string): string | undefined {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== "object" || message === null || !("l1probe" in message) || message.l1probe !== "serving")
      return undefined;
    return "address" in message && typeof message.address === "string" ? message.address : undefined;
  } catch {
    return undefined;
  }
}

async function awaitAddress(stdout: Readable): Promise<string | undefined> {
  let found: string | undefined;
  for await (const line of createInterface({ input: stdout })) {
    found = servingAddress(line);
    if (found !== undefined) break;
  }
  // A server that prints more must not block on a full pipe.
  stdout.resume();
  return found;
}

async function awaitServing(address: string, signal: AbortSignal | undefined): Promise<void> {
  const end = Date.now() + HEALTH_PATIENCE;
  while ((await checkHealth(address)) !== "SERVING") {
    if (signal?.aborted) throw new ProbeError("interrupted", "The start of the server was stopped.");
    if (Date.now() > end) {
      throw new ProbeError(
        "unreachable",
        `The server at ${address} is up, but its health service does not report SERVING.`,
      );
    }
    await sleep(50);
  }
}

/**
 * Starts `python -m l1probe` on a free loopback port and waits, as long as it takes to load the model, until its
 * health service answers SERVING.
 *
 * The server is its own process group, so that Ctrl-C reaches only the client, which then stops the whole group.
 * With `--exit-with-stdin` the server also goes when its standard input closes, which is all that a client killed with
 * SIGKILL can still do.
 *
 * @throws ProbeError kind unreachable, with the end of the server's log, if it does not start
 */
export async function startLocalServer({
  model,
  loras = [],
  folder,
  signal,
}: LocalServerOptions = {}): Promise<LocalServer> {
  const named = modelArgument(model, folder);
  const weights = [...(named === undefined ? [] : ["--model", named]), ...loras.map((lora) => `--lora=${lora}`)];
  const flags = [...weights, "--host", "127.0.0.1", "--port", "0", "--exit-with-stdin"];
  const child = execa(python(), ["-m", "l1probe", ...flags], {
    env: pythonEnvironment(),
    stdin: "pipe",
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  const { pid } = child;
  if (pid === undefined) {
    const { cause } = (await child) as { cause?: unknown };
    throw new ProbeError(
      "unreachable",
      `No Python runs at ${python()}, so no local server can be started; ${setupAdvice()}.`,
      { cause },
    );
  }
  const lines: string[] = [];
  const log = () => (lines.length === 0 ? "Its log is empty." : `The end of its log:\n${lines.join("\n")}`);
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (lines.length > KEPT_LOG_LINES) lines.shift();
  });
  child.stdin.on("error", () => undefined);
  const killAtExit = () => signalGroup(pid, "SIGKILL");
  process.once("exit", killAtExit);
  let fate: string | undefined;
  const ended = child.then(({ signal: by, exitCode }) => {
    fate = by === undefined ? `exited with code ${exitCode}` : `was ended by ${by}`;
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopGroup(pid, ended).finally(() => process.off("exit", killAtExit));
    return stopping;
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const address = await awaitAddress(child.stdout);
    if (signal?.aborted) throw new ProbeError("interrupted", "The start of the server was stopped.");
    if (address === undefined) {
      await ended;
      throw new ProbeError("unreachable", `The local server ${fate} before it could serve. ${log()}`);
    }
    await awaitServing(address, signal);
    return { address, pid, log, ended, fate: () => fate, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** grpc.health.v1's answer, as its proto names it. */
export type Health = "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN";

interface HealthTree {
  readonly grpc: { readonly health: { readonly v1: { readonly Health: ServiceClientConstructor } } };
}

function healthClient(): ServiceClientConstructor {
  // By default, proto-loader leaves out zero values.
  const definition = loadSync(`${packageRoot}proto/grpc/health/v1/health.proto`, { defaults: true, enums: String });
  return (loadPackageDefinition(definition) as unknown as HealthTree).grpc.health.v1.Health;
}

/**
 * Calls a server's standard health service, without generated code.
 *
 * @param service a full service name, or "" for the server as a whole
 * @throws ProbeError kind unreachable if nothing answers in time
 */
export async function checkHealth(address: string, service = "", milliseconds?: number): Promise<Health> {
  const Client = healthClient();
  const client = new Client(
    checkAddress(address),
    credentials.createInsecure(),
    isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {},
  );
  try {
    const answer = await unary<{ status: Health }>(
      address,
      (metadata, options, done) => client.Check?.({ service }, metadata, options, done),
      milliseconds,
    );
    return answer.status;
  } finally {
    client.close();
  }
}
