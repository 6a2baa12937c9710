import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json, proto/ and server-py/, with a trailing slash; the same for src/ and dist/. */
export const packageRoot: string = fileURLToPath(new URL("../", import.meta.url));

/** l1probe's own version. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${packageRoot}package.json`, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
