import { EXIT } from "./exit.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * A signal that aborts at the first Ctrl-C, SIGTERM or SIGHUP; the second ends the process at once (a local server is
 * killed on the way out).
 *
 * @param say tells the person what the first one does
 * @returns the signal, and what stops listening
 */
export function interruptible(say: (sentence: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say("Stopping after this step; once more ends at once.");
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
