import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 5_000;

/** Signals every process of the group that `leader` leads; false where none is left. */
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
