import { ProbeError } from "../errors.ts";
import type { RunRequest, RunResponse } from "../generated/l1probe/v1/probe.ts";
import type { ProbeServiceClient } from "../generated/l1probe/v1/probe_service.ts";
import { messages, type StreamOptions } from "./stream.ts";

/** What a server tells of a run, in order: queued, started, steps, then finished or failed; heartbeats between. */
export type RunEvent = NonNullable<RunResponse["event"]>;

export interface RunOptions extends StreamOptions {
  /** Hears sentences that are worth a person's eye and stop nothing. */
  readonly warn?: ((sentence: string) => void) | undefined;
}

function isLast(event: RunEvent): boolean {
  return event.$case === "finished" || event.$case === "failed";
}

/**
 * One `Run` call as a generator that ends after finished or failed. Leaving it early, by return, throw or the signal,
 * cancels the run on the server within one step.
 *
 * @throws ProbeError kind input (the server refused the cell), unreachable (it is gone), interrupted, or failed
 */
export async function* runEvents(
  client: ProbeServiceClient,
  address: string,
  request: RunRequest,
  { warn, ...options }: RunOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  let warned = false;
  for await (const { event } of messages(address, "run", () => client.run(request), options)) {
    if (event !== undefined) {
      yield event;
      if (isLast(event)) return;
    } else if (!warned) {
      warned = true;
      warn?.(`The server at ${address} sends an event that this client does not know; bring both to one version.`);
    }
  }
  throw new ProbeError("failed", `The server at ${address} ended a run without saying how; its log may say why.`);
}
