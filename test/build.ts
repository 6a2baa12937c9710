import { chmodSync, existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const root = new URL("../", import.meta.url).pathname;
const built = join(root, "dist/cli/main.js");

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}

/** Builds the command that the CLI and story tests run, where its sources are newer. */
export async function setup(): Promise<void> {
  if (existsSync(built) && statSync(built).mtimeMs > newest(join(root, "src"))) return;
  // Types are another check's work; what was written is what is tested.
  await execa({ cwd: root, reject: false })`node_modules/.bin/tsc -p tsconfig.build.json`;
  const now = new Date();
  utimesSync(built, now, now);
  chmodSync(built, 0o755);
}
