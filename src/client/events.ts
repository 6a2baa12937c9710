import { ProbeError } from "../errors.ts";
import type { ProbeServiceClient, RunRequest, RunResponse } from "../generated/l1probe/v1/probe.ts";
import { fromStatus } from "./status.ts";

/** What a server tells of a run, in order: queued, started, steps, then finished or failed; heartbeats between. */
export type RunEvent = NonNullable<RunResponse["event"]>;

export interface RunOptions {
  /** Stops the run on the server within one step; the generator then throws kind interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any event after which the server is taken as gone; a server beats every 10 s. */
  readonly silence?: number | undefined;
  /** Hears sentences that are worth a person's eye and stop nothing. */
  readonly warn?: ((sentence: string) => void) | undefined;
}

const SILENCE = 30_000;

function isLast(event: RunEvent): boolean {
  return event.$case === "finished" || event.$case === "failed";
}

/**
 * One `Run` call as a generator that ends after finished or failed. Leaving it early, by return, throw or the signal,
 * cancels the run on the server.
 *
 * @throws ProbeError kind input (the server refused the cell), unreachable (it is gone), interrupted, or failed
 */
export async function* runEvents(
  client: ProbeServiceClient,
  address: string,
  request: RunRequest,
  { signal, silence = SILENCE, warn }: RunOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const interrupted = () => new ProbeError("interrupted", "The run was stopped.", { cause: signal?.reason });
  if (signal?.aborted) throw interrupted();
  const call = client.run(request);
  // The status of a cancelled call may come when nobody reads any more.
  call.on("error", () => undefined);
  const cancel = () => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  let silent = false;
  const listen = () =>
    setTimeout(() => {
      silent = true;
      call.cancel();
    }, silence);
  let watch = listen();
  let warned = false;
  try {
    for await (const response of call as AsyncIterable<RunResponse>) {
      // Only the server's silence counts, not the time that the caller takes with an event.
      clearTimeout(watch);
      if (response.event !== undefined) {
        yield response.event;
        if (isLast(response.event)) return;
      } else if (!warned) {
        warned = true;
        warn?.(`The server at ${address} sends an event that this client does not know; bring both to one version.`);
      }
      watch = listen();
    }
    throw new ProbeError("failed", `The server at ${address} ended a run without saying how; its log may say why.`);
  } catch (thrown) {
    if (signal?.aborted) throw interrupted();
    if (silent) {
      throw new ProbeError(
        "unreachable",
        `The server at ${address} has been silent for ${silence / 1000} s and is taken as gone; run the same command again to go on.`,
        { cause: thrown },
      );
    }
    throw fromStatus(thrown, address);
  } finally {
    clearTimeout(watch);
    signal?.removeEventListener("abort", cancel);
    call.cancel();
  }
}
