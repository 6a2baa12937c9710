import { execa } from "execa";
import { packageRoot, packageVersion } from "../package.ts";

async function git(...flags: string[]): Promise<string | null> {
  const { stdout, failed } = await execa("git", ["-C", packageRoot, ...flags], { reject: false, timeout: 5_000 });
  return failed ? null : stdout.trim();
}

/** What made a sweep on the client's side: l1probe, node, and the commit where l1probe runs from its own checkout. */
export async function clientVersions(): Promise<Record<string, string>> {
  const versions = { l1probe: packageVersion(), node: process.versions.node };
  // A package inside another project's node_modules must not take that project's commit for its own.
  if (`${await git("rev-parse", "--show-toplevel")}/` !== packageRoot) return versions;
  const commit = await git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*");
  return commit === null ? versions : { ...versions, commit };
}
