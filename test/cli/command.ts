import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, type Options } from "execa";

const main = new URL("../../dist/cli/main.js", import.meta.url).pathname;

/** Starts the built command, with a cache of its own unless the test names one. */
export function start(words: readonly string[], options: Options = {}) {
  const env = { XDG_CACHE_HOME: join(tmpdir(), `l1probe-cache-${randomUUID()}`), ...options.env };
  return execa(process.execPath, [main, ...words], { reject: false, stdin: "ignore", ...options, env });
}

export interface Ended {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command to its end. A process warning of Node is an error. */
export async function l1probe(words: readonly string[], options: Options = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await start(words, options);
  if (/^\(node:\d+\)/m.test(String(stderr))) throw new Error(`l1probe printed a process warning:\n${stderr}`);
  return { code: exitCode, out: String(stdout), err: String(stderr) };
}
