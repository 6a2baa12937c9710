import { once } from "node:events";
import type { ErrorKind } from "../errors.ts";

/** Exit codes; scripts depend on them. */
export const EXIT = { done: 0, someFailed: 1, badInput: 2, unreachable: 3, interrupted: 130 } as const;

/** The exit code of an error that ended a command. */
export const EXIT_OF: Readonly<Record<ErrorKind, number>> = {
  input: EXIT.badInput,
  unreachable: EXIT.unreachable,
  interrupted: EXIT.interrupted,
  failed: EXIT.someFailed,
  internal: EXIT.someFailed,
};

/** Exits quietly when the reader of a pipe closes it (`| head`). */
export function survivePipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
}

/** Writes to standard output with backpressure. */
export async function write(chunks: Iterable<string | Uint8Array>): Promise<void> {
  for (const chunk of chunks) {
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}

/** Prints a sentence for people on standard error; standard output is for results. */
export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * A signal that aborts at the first Ctrl-C, SIGTERM or SIGHUP; the second ends the process at once (a local server is
 * killed on the way out).
 *
 * @param say prints what the first one does
 * @returns the signal, and a function that removes the listeners
 */
export function interruptible(say: (sentence: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say("Stopping after this step; interrupt again to quit immediately.");
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, interrupt);
    },
  };
}

/** A word quoted for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command line that repeats this one. */
export function typedCommand(): string {
  return ["npx l1probe", ...process.argv.slice(2).map(quoted)].join(" ");
}
