import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Whether a process runs; one that ended and waits for its parent to notice does not. */
export async function runs(pid: number): Promise<boolean> {
  if (existsSync("/proc/self/stat")) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    return stat !== "" && state !== "Z" && state !== "X";
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
