import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = new URL("../", import.meta.url);
  // Compiled tools lie one folder deeper than src/ and dist/.
  while (!existsSync(new URL("package.json", folder)) && folder.pathname !== "/") folder = new URL("../", folder);
  return fileURLToPath(folder);
}

/** The folder of package.json, proto/ and server-py/, with a trailing slash. */
export const packageRoot: string = findRoot();

/** Whether l1probe runs from a checkout of its repository, which has the server beside the client. */
export function isCheckout(root = packageRoot): boolean {
  return existsSync(`${root}server-py/l1probe`);
}

/** What to do if the Python side is missing. */
export function setupAdvice(root = packageRoot): string {
  return `run \`${isCheckout(root) ? "make setup" : "npx l1probe setup"}\`, or set L1PROBE_PYTHON`;
}

/** The environment that `l1probe setup` makes for an installed package: $XDG_DATA_HOME/l1probe/venv. */
export function installedEnvironment(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_DATA_HOME || join(homedir(), ".local", "share"), "l1probe", "venv");
}

/** l1probe's own version. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${packageRoot}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
