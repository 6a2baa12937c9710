import { type CallOptions, type ClientReadableStream, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { type ErrorKind, ProbeError } from "../errors.ts";

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "number" && "details" in thrown;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function describe(error: ServiceError, address: string, answered: boolean): [ErrorKind, string] {
  const details = (error.details || error.message)
    .replace(/^No connection established\. Last error: (Error: )?/, "")
    .replace(/\.? Resolution note: $/, "");
  switch (error.code) {
    case status.INVALID_ARGUMENT:
    case status.OUT_OF_RANGE:
    case status.NOT_FOUND:
      return ["input", sentence(details)];
    case status.UNAVAILABLE:
      if (answered) return ["unreachable", `The server at ${address} went away (${details}).`];
      return [
        "unreachable",
        `No l1probe server answers at ${address} (${details}); start one there with \`make serve\`, ` +
          `or leave --server out to start one on this machine.`,
      ];
    case status.DEADLINE_EXCEEDED:
      return [
        "unreachable",
        `The server at ${address} did not answer in time (${details}); check whether it is overloaded or stopped.`,
      ];
    case status.UNIMPLEMENTED:
      return [
        "unreachable",
        `The server at ${address} does not support l1probe.v1 (${details}); check the address and the server's version.`,
      ];
    // Never the client's own cancellation, which is handled where it is made.
    case status.CANCELLED:
      return [
        "unreachable",
        `The server at ${address} dropped the call (${details}); check whether it is being stopped.`,
      ];
    case status.RESOURCE_EXHAUSTED:
      return ["failed", `The server at ${address} is out of room: ${sentence(details)}`];
    default:
      return [
        "failed",
        `The server at ${address} failed with ${status[error.code] ?? error.code}: ${sentence(details)}`,
      ];
  }
}

/**
 * The one place where gRPC's status codes become l1probe's errors.
 *
 * @param address of the server, for the sentence
 * @param answered whether the server has answered an earlier call, so that it went away
 */
export function fromStatus(thrown: unknown, address: string, answered = false): ProbeError {
  if (!isServiceError(thrown)) return ProbeError.from(thrown);
  const [kind, message] = describe(thrown, address, answered);
  return new ProbeError(kind, message, { cause: thrown });
}

/** Deadline in milliseconds of calls that do no work: Describe, Cancel, a health check. */
const PROMPT = 10_000;

/**
 * A call with one answer, as a promise with a deadline.
 *
 * @param start the generated client's method, its request already in place
 */
export function unary<Answer>(
  address: string,
  start: (
    metadata: Metadata,
    options: Partial<CallOptions>,
    done: (error: ServiceError | null, answer: Answer) => void,
  ) => unknown,
  milliseconds: number = PROMPT,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    start(new Metadata(), { deadline: Date.now() + milliseconds }, (error, answer) => {
      if (error === null) resolve(answer);
      else reject(fromStatus(error, address));
    });
  });
}

/** Milliseconds without a message after which a server is considered lost; a run sends a heartbeat every 10 s. */
const SILENCE = 30_000;

export interface StreamOptions {
  /** Cancels the call; the generator then throws kind interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a message after which the server is considered lost. */
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
  // The status of a cancelled call may arrive after the last read.
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
      // Counts the server's silence, not the time that the caller spends on a message.
      clearTimeout(watch);
      yield message;
      watch = listen();
    }
  } catch (thrown) {
    if (signal?.aborted) throw interrupted();
    if (!silent) throw fromStatus(thrown, address, true);
    throw new ProbeError(
      "unreachable",
      `The server at ${address} has been silent for ${silence / 1000} s and is considered lost.`,
      { cause: thrown },
    );
  } finally {
    clearTimeout(watch);
    signal?.removeEventListener("abort", cancel);
    call.cancel();
  }
}
