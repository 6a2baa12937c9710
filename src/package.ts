import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = new URL("../", import.meta.url);
  // Compiled tools lie one folder deeper than src/ and dist/.
  while (!existsSync(new URL("package.json", folder)) && folder.pathname !== "/") folder = new URL("../", folder);
  return fileURLToPath(folder);
}

/** The folder of package.json, proto/ and server-py/, with a trailing slash. */
export const packageRoot: string = findRoot();

/** What to do if the Python side is missing. An installed package has no Makefile. */
export function setupAdvice(root = packageRoot): string {
  return existsSync(`${root}Makefile`)
    ? "run `make setup`, or set L1PROBE_PYTHON"
    : `install the packages of ${root}server-py/requirements.lock for a Python and set L1PROBE_PYTHON to it`;
}

/** l1probe's own version. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${packageRoot}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
