import { chmodSync, existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

/** What runs in a report's page. */
const bundle = "dist/report/browser.js";

const root = new URL("../", import.meta.url).pathname;

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
}

async function build(config: string, output: string, sources: readonly string[]): Promise<void> {
  const file = join(root, output);
  const bundled = !output.startsWith("dist/") || existsSync(join(root, bundle));
  if (
    bundled &&
    existsSync(file) &&
    statSync(file).mtimeMs > Math.max(...sources.map((folder) => newest(join(root, folder))))
  )
    return;
  // Types are another check's work; what was written is what is tested.
  await execa({ cwd: root, reject: false })`node_modules/.bin/tsc -p ${config}`;
  if (output.startsWith("dist/")) await execa({ cwd: root })`npm run --silent bundle`;
  const now = new Date();
  utimesSync(file, now, now);
  chmodSync(file, 0o755);
}

/** Builds the command that the CLI and story tests run, and the tools, if their sources are newer. */
export async function setup(): Promise<void> {
  await build("tsconfig.build.json", "dist/cli/main.js", ["src"]);
  await build("tsconfig.tools.json", "dist-tools/tools/bench/main.js", ["src", "tools"]);
}
