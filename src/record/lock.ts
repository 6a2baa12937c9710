import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ProbeError } from "../errors.ts";
import { LOCK } from "./files.ts";

const holderSchema = z.object({ pid: z.number(), host: z.string(), born: z.string().nullable() });
type Holder = z.infer<typeof holderSchema>;

/** When a process started, in kernel ticks, to distinguish it from a later process with the same pid. */
function born(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function lives({ pid, born: then }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: the process is alive and belongs to another user.
    return code(thrown) === "EPERM";
  }
  return then === null || born(pid) === then;
}

function code(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}

/** Creates a file atomically with its whole text; false if it already exists. */
function create(file: string, text: string): boolean {
  const aside = `${file}.${process.pid}.new`;
  writeFileSync(aside, text);
  try {
    linkSync(aside, file);
    return true;
  } catch (thrown) {
    if (code(thrown) === "EEXIST") return false;
    throw thrown;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (code(thrown) === "ENOENT") return null;
    throw thrown;
  }
}

function readHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function refuse(file: string, holder: Holder | null): ProbeError {
  const who = holder === null ? "something" : `process ${holder.pid} on ${holder.host}`;
  return new ProbeError(
    "input",
    `${file} says that ${who} is writing this sweep; wait for it, name another folder with --out, or delete the file ` +
      `if that process is gone.`,
  );
}

/** Removes the lock of a dead process, unless another process has just taken it over. */
function clear(file: string, stale: string): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch (thrown) {
    if (code(thrown) === "ENOENT") return;
    throw thrown;
  }
  if (readFileSync(aside, "utf8") !== stale) linkSync(aside, file);
  rmSync(aside, { force: true });
}

/** Whether a process writes a sweep's directory, as far as this machine can tell. */
export function isLocked(directory: string): boolean {
  const found = read(join(directory, LOCK));
  if (found === null) return false;
  const holder = readHolder(found);
  return holder === null || holder.host !== hostname() || lives(holder);
}

/**
 * Locks a sweep's directory for this process, so that two sweeps never write to one journal. The lock of a dead process
 * of this machine is taken over.
 *
 * @returns a function that unlocks it
 * @throws ProbeError kind input if another process holds the lock
 */
export function lock(directory: string): () => void {
  const file = join(directory, LOCK);
  const me: Holder = { pid: process.pid, host: hostname(), born: born(process.pid) };
  const text = JSON.stringify(me);
  while (!create(file, text)) {
    const found = read(file);
    if (found === null) continue;
    const holder = readHolder(found);
    const dead = holder !== null && holder.host === me.host && !lives(holder);
    if (!dead) throw refuse(file, holder);
    clear(file, found);
  }
  return () => rmSync(file, { force: true });
}
