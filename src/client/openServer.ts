import { setTimeout as sleep } from "node:timers/promises";
import { ProbeError } from "../errors.ts";
import { connect, type ProbeClient } from "./connect.ts";
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
