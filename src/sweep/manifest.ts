import { ProbeError } from "../errors.ts";
import type { Expansion } from "../experiment/expand.ts";
import { cellId, provisionalId } from "../experiment/identity.ts";
import type { Source } from "../experiment/source.ts";
import type { DescribeResponse } from "../generated/l1probe/v1/probe.ts";
import { packageRoot, packageVersion } from "../package.ts";
import type { Manifest } from "../record/record.ts";
import type { Extension, ResolvedModel } from "../record/resume.ts";

async function git(...flags: string[]): Promise<string | null> {
  const { execa } = await import("execa");
  const { stdout, failed } = await execa("git", ["-C", packageRoot, ...flags], { reject: false, timeout: 5_000 });
  return failed ? null : stdout.trim();
}

/** The client's versions: l1probe, node, and the commit if l1probe runs from its own checkout. */
export async function clientVersions(): Promise<Record<string, string>> {
  const versions = { l1probe: packageVersion(), node: process.versions.node };
  // Inside another project's node_modules, the commit would be that project's.
  if (`${await git("rev-parse", "--show-toplevel")}/` !== packageRoot) return versions;
  const commit = await git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*");
  return commit === null ? versions : { ...versions, commit };
}

/** @throws ProbeError kind failed if the server does not report its model */
export function resolveModel(name: string | null, { provenance }: DescribeResponse): ResolvedModel {
  const model = provenance?.model;
  if (provenance !== undefined && model !== undefined) return { name, model, provenance };
  throw new ProbeError("failed", "The server does not report its model; use the same version of client and server.");
}

/** An experiment that may replace the recorded one of a directory. */
export function extensionBy(source: Source, expansion: Expansion, command: string): Extension {
  const { name, profile, axes, cells, repeats } = expansion;
  const experiment = { text: source.text, file: source.file, profile };
  return { name, axes, cells, repeats, experiment, command, time: new Date().toISOString() };
}

/** The manifest of a new sweep: an experiment's cells, of which one model is resolved so far. */
export async function newManifest(
  source: Source,
  expansion: Expansion,
  { name, model, provenance }: ResolvedModel,
  command: string,
): Promise<Manifest> {
  return {
    format: 1,
    name: expansion.name,
    created: new Date().toISOString(),
    experiment: { text: source.text, file: source.file, profile: expansion.profile },
    axes: expansion.axes,
    cells: expansion.cells.map((cell) => ({
      cellId: cell.model === name ? cellId(cell, model) : provisionalId(cell),
      cell,
    })),
    ...(expansion.repeats.length === 0 ? {} : { repeats: expansion.repeats }),
    provenance,
    models: name === null ? {} : { [name]: provenance },
    client: await clientVersions(),
    command,
  };
}
