import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ProbeError } from "../errors.ts";
import { LOCK } from "./files.ts";

const holderSchema = z.object({ pid: z.number(), host: z.string(), born: z.string().nullable() });
type Holder = z.infer<typeof holderSchema>;

/** When a process began, in the kernel's ticks, so that another process with the same number is told apart. */
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
    // A process of another user answers with EPERM, and lives.
    return code(thrown) === "EPERM";
  }
  return then === null || born(pid) === then;
}

function code(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}

/** Makes a file with its whole text at once, or not where one is there already. */
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

/** Removes the lock of a dead process; gives it back where another took it over in the same moment. */
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

/**
 * Takes a sweep's directory for this process, so that two sweeps never write one journal. A lock that a dead process of
 * this machine left is taken over.
 *
 * @returns gives it back
 * @throws ProbeError kind input where another process holds it
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
