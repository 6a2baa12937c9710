import { EXIT } from "./exit.ts";
import { say } from "./output.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * A signal that aborts at the first Ctrl-C, SIGTERM or SIGHUP; the second ends the process at once (a local server is
 * killed on the way out).
 *
 * @returns the signal, and what stops listening
 */
export function interruptible(): { signal: AbortSignal; release: () => void } {
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
