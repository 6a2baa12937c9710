import { setTimeout as sleep } from "node:timers/promises";
import { ProbeError } from "../errors.ts";
import { checkAddress } from "./address.ts";
import { connect, type ProbeClient } from "./connect.ts";
import { type LocalServer, startLocalServer } from "./localServer.ts";

export interface ServerChoice {
  /** `HOST:PORT` of a server that runs; without it one is started on this machine. */
  readonly server?: string | undefined;
  /** The model of the server to start. */
  readonly model?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

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

function explainer(local: LocalServer | undefined): OpenServer["explain"] {
  return async (thrown) => {
    const error = ProbeError.from(thrown);
    if (local === undefined || error.kind !== "unreachable") return error;
    await Promise.race([local.ended, sleep(END_PATIENCE)]);
    const fate = local.fate();
    if (fate === undefined) return error;
    return new ProbeError(
      "unreachable",
      `The local server ${fate}; run the same command again to go on. ${local.log()}`,
      { cause: thrown },
    );
  };
}

/** @throws ProbeError kind input where the address is none, or both a server and a model are named */
export function checkChoice({ server, model }: ServerChoice): void {
  if (server !== undefined) checkAddress(server);
  if (server !== undefined && model !== undefined) {
    throw new ProbeError(
      "input",
      `The server ${server} has its model already; leave out model ${model}, or the server.`,
      {
        path: "model",
      },
    );
  }
}

/**
 * Connects to the named server, or starts one.
 *
 * @throws ProbeError kind input (see {@link checkChoice}), unreachable, or interrupted
 */
export async function openServer({ server, model, signal }: ServerChoice): Promise<OpenServer> {
  checkChoice({ server, model });
  const local = server === undefined ? await startLocalServer({ model, signal }) : undefined;
  const client = connect(server ?? local?.address ?? "");
  return {
    client,
    explain: explainer(local),
    async close() {
      client.close();
      await local?.stop();
    },
  };
}
