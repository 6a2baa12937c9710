import { type Document, isCollection, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import { ProbeError } from "../errors.ts";
import { type ExpandOptions, type Expansion, expand } from "./expand.ts";
import { parsePath } from "./schema.ts";

/** An experiment's parsed YAML: its value, and the position of each part. */
export interface Source {
  readonly text: string;
  /** The file's name, as a person gave it. */
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column: ` of a path, or of its nearest existing parent. */
  place(path: string): string;
}

/** The offset at which the node at `path` begins, or its key if it has one. */
function offset(document: Document, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let found = 0;
  for (const step of path) {
    if (!isCollection(node)) break;
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step);
    const start = isPair(pair) ? pair.key : node.get(step, true);
    if (!isNode(start)) break;
    found = start.range?.[0] ?? found;
    node = node.get(step, true);
  }
  return found;
}

/**
 * Reads an experiment's YAML.
 *
 * @throws ProbeError kind input, every fault with its line and column: broken YAML, a key that is written twice
 */
export function readSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (position: number) => {
    const { line, col } = lines.linePos(position);
    return `${file}:${line}:${col}: `;
  };
  const faults = [...document.errors, ...document.warnings].map(({ code, pos, message }) => {
    const key = code === "DUPLICATE_KEY" ? /^[^\s:,[\]{}]+/.exec(text.slice(pos[0]))?.[0] : undefined;
    return `${at(pos[0])}${key === undefined ? message : `The key ${key} is written twice; keep one`}.`;
  });
  if (faults.length > 0) throw new ProbeError("input", faults.join("\n"), { path: "" });
  return { text, file, value: document.toJS(), place: (path) => at(offset(document, parsePath(path))) };
}

/**
 * Expands an experiment's YAML; refusals begin with `file:line:column: `.
 *
 * @throws ProbeError kind input
 */
export function expandSource(source: Source, options: Omit<ExpandOptions, "place"> = {}): Expansion {
  return expand(source.value, { ...options, place: source.place });
}
