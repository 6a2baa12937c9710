import type { ClientReadableStream } from "@grpc/grpc-js";
import { ProbeError } from "../errors.ts";
import { fromStatus } from "./status.ts";

/** Milliseconds without any message after which a server is taken as gone; a run beats every 10 s. */
const SILENCE = 30_000;

export interface StreamOptions {
  /** Cancels the call; the generator then throws kind interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any message after which the server is taken as gone. */
  readonly silence?: number | undefined;
}

/**
 * A server's stream as a generator. Leaving it early, by return, throw or the signal, cancels the call; a server that
 * falls silent ends it.
 *
 * @param what is streamed, for sentences
 * @param start makes the call
 * @throws ProbeError kind interrupted, unreachable, or what the call's status says
 */
export async function* messages<Message>(
  address: string,
  what: string,
  start: () => ClientReadableStream<Message>,
  { signal, silence = SILENCE }: StreamOptions = {},
): AsyncGenerator<Message, void, undefined> {
  const interrupted = () => new ProbeError("interrupted", `The ${what} was stopped.`, { cause: signal?.reason });
  if (signal?.aborted) throw interrupted();
  const call = start();
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
  try {
    for await (const message of call as AsyncIterable<Message>) {
      // Only the server's silence counts, not the time that the caller takes with a message.
      clearTimeout(watch);
      yield message;
      watch = listen();
    }
  } catch (thrown) {
    if (signal?.aborted) throw interrupted();
    if (!silent) throw fromStatus(thrown, address);
    throw new ProbeError(
      "unreachable",
      `The server at ${address} has been silent for ${silence / 1000} s and is taken as gone; run the same command again to go on.`,
      { cause: thrown },
    );
  } finally {
    clearTimeout(watch);
    signal?.removeEventListener("abort", cancel);
    call.cancel();
  }
}
