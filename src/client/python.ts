import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { packageRoot } from "../package.ts";

/** The interpreter that runs the server: $L1PROBE_PYTHON, else the one that `make` set up. */
export function python(): string {
  return process.env.L1PROBE_PYTHON ?? `${packageRoot}.venv/bin/python`;
}

/** The environment in which that interpreter finds l1probe. */
export function pythonEnvironment(): Record<string, string> {
  const path = [`${packageRoot}server-py`, process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  return { PYTHONPATH: path, PYTHONUNBUFFERED: "1" };
}

/** The folder of the model that ships with l1probe. */
export const bundledModel: string = `${packageRoot}server-py/models/tiny`;

/**
 * The model to serve: as named, else $L1PROBE_MODEL, else the bundled one; a folder as an absolute path.
 *
 * @param folder that a folder's path is relative to
 */
export function modelArgument(model: string | undefined, folder = "."): string {
  const named = model ?? process.env.L1PROBE_MODEL ?? bundledModel;
  const path = resolve(folder, named);
  return existsSync(path) ? path : named;
}
