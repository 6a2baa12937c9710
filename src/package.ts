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

/** l1probe's own version. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${packageRoot}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
