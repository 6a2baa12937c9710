import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

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

/** The processes whose parent is `parent`. Linux only: elsewhere none are found. */
export async function childrenOf(parent: number): Promise<number[]> {
  const names = existsSync("/proc/self/stat") ? await readdir("/proc") : [];
  const stats = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => ({ pid: Number(name), stat: await readFile(`/proc/${name}/stat`, "utf8").catch(() => "") })),
  );
  return stats
    .filter(({ stat }) => stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(parent))
    .map(({ pid }) => pid);
}
