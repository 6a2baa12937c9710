import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { decodeText } from "../decodeText.ts";
import { nearest, ProbeError } from "../errors.ts";
import type { ImagePorts } from "../experiment/conditioningImage.ts";
import type { Expansion } from "../experiment/expand.ts";
import { override } from "../experiment/override.ts";
import { expandSource, readSource, type Source } from "../experiment/source.ts";
import { isMissing } from "../record/files.ts";
import type { Ports } from "../schedule/index.ts";

/** An experiment from a file. It may read files, and name models, relative to its own folder. */
export interface ExperimentFile {
  readonly source: Source;
  readonly ports: Ports & ImagePorts;
  readonly folder: string;
  readonly expansion: Expansion;
}

const STANDARD_INPUT = "standard input";

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (thrown) {
    const folder = dirname(file);
    const near = nearest(basename(file), await readdir(folder).catch(() => []));
    const hint = near === undefined ? "" : ` (did you mean ${join(folder, near)}?)`;
    const why = isMissing(thrown) ? "no such file" : ProbeError.from(thrown).message;
    throw new ProbeError("input", `The experiment ${file} cannot be read: ${why}${hint}.`, {
      path: "file",
      cause: thrown,
    });
  }
}

/** Reads files relative to a folder. */
export function portsIn(folder: string): ExperimentFile["ports"] {
  return {
    readFile: (path) => decodeText(readFileSync(resolve(folder, path)), path),
    readBytes: (path) => readFileSync(resolve(folder, path)),
  };
}

/** An experiment's text, and the folder that its paths are relative to. */
export interface FileSource {
  readonly source: Source;
  readonly folder: string;
}

/**
 * Reads an experiment's YAML.
 *
 * @param file its path, or `-` for standard input, whose paths are relative to the current folder
 * @throws ProbeError kind input, with the file's line and column
 */
export async function readFileSource(file: string): Promise<FileSource> {
  const [bytes, name] = file === "-" ? [readFileSync(0), STANDARD_INPUT] : [await readBytes(file), file];
  return { source: readSource(decodeText(bytes, name), name), folder: dirname(file) };
}

/** The names of an experiment's profiles. */
export function profilesOf({ value }: Source): string[] {
  const profiles: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "profiles") : null;
  return typeof profiles === "object" && profiles !== null ? Object.keys(profiles) : [];
}

/**
 * Expands an experiment, with values set over it.
 *
 * @param settings `PATH=VALUE`, as {@link override} reads them
 * @throws ProbeError kind input, with the file's line and column
 */
export async function expandFile(
  file: string | FileSource,
  profile: string | undefined,
  settings: readonly string[] = [],
): Promise<ExperimentFile> {
  const { source: read, folder } = typeof file === "string" ? await readFileSource(file) : file;
  const source = override(read, settings, profile);
  const ports = portsIn(folder);
  return { source, ports, folder, expansion: expandSource(source, { profile, ports }) };
}
