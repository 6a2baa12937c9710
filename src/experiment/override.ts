import { type Document, isMap, parseDocument } from "yaml";
import { ProbeError } from "../errors.ts";
import { AXES } from "./cell.ts";
import { knownKeys, parsePath } from "./schema.ts";
import { readSource, type Source } from "./source.ts";

/** A value that a person sets over an experiment's text. */
interface Setting {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

function refuse(text: string, why: string): ProbeError {
  return new ProbeError("input", `--set ${text}: ${why}.`, { path: "set" });
}

/** @throws ProbeError kind input unless the text is KEY=VALUE, or PATH=VALUE, with a value of YAML */
function settingOf(text: string): Setting {
  const [, key = "", value = ""] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
  const path = parsePath(key.trim());
  if (path.length === 0)
    throw refuse(text, "it must be KEY=VALUE, for example steps=[4,8], or PATH=VALUE, for example base.seed=3");
  const [first = ""] = path;
  const known = knownKeys([]);
  if (!known.includes(String(first)) && !(AXES as readonly (string | number)[]).includes(first)) {
    throw refuse(
      text,
      `${first} is neither a key of an experiment (${known.join(", ")}) nor of a cell (${AXES.join(", ")})`,
    );
  }
  // `error` keeps the library from printing process warnings.
  const document = parseDocument(value, { logLevel: "error" });
  const [fault] = document.errors;
  if (fault !== undefined)
    throw refuse(text, `the value is not YAML: ${fault.message.split("\n")[0]?.replace(/[.:]$/, "")}`);
  return { path, value: document.toJS() };
}

/**
 * Sets a cell's key: a list becomes the key of grid, anything else that of base, and other places that would override it
 * are removed.
 */
function setAxis(document: Document, axis: string, value: unknown, profile: string | undefined): void {
  const laid = profile === undefined ? undefined : ["profiles", profile];
  const within = (...path: string[]) => (laid === undefined ? undefined : [...laid, ...path]);
  for (const path of [["base", axis], ["grid", axis], ["zip", axis], within(axis), within("grid", axis)])
    if (path !== undefined && document.hasIn(path)) document.deleteIn(path);
  if (!Array.isArray(value)) {
    document.setIn(["base", axis], value);
    return;
  }
  const own = within("grid");
  const grid = own !== undefined && document.hasIn(own) ? own : ["grid"];
  document.setIn([...grid, axis], document.createNode(value, { flow: true }));
}

/** Maps that are left empty say nothing. */
function dropEmpty(document: Document): void {
  for (const section of ["base", "grid", "zip"]) {
    const found = document.get(section);
    if (isMap(found) && found.items.length === 0) document.delete(section);
  }
}

/**
 * An experiment with values set over its text, comments kept.
 *
 * @param settings `PATH=VALUE` with a value of YAML. A path is that of an experiment, `base.seed` or `grid.steps[1]`; a
 * cell's key alone sets grid if the value is a list, else base
 * @param profile the profile that will be applied
 * @throws ProbeError kind input
 */
export function override(source: Source, settings: readonly string[], profile: string | undefined): Source {
  if (settings.length === 0) return source;
  const document = parseDocument(source.text, { merge: true, logLevel: "error" });
  for (const text of settings) {
    const { path, value } = settingOf(text);
    const [first = "", ...rest] = path;
    try {
      if (rest.length === 0 && (AXES as readonly (string | number)[]).includes(first))
        setAxis(document, String(first), value, profile);
      else document.setIn(path, document.createNode(value));
    } catch (thrown) {
      throw refuse(text, ProbeError.from(thrown).message.replace(/\.$/, ""));
    }
  }
  dropEmpty(document);
  return readSource(String(document), `${source.file} with --set`);
}
