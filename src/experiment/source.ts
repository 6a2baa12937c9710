import {
  type Document,
  isCollection,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  stringify,
  visit,
  type YAMLError,
} from "yaml";
import { ProbeError } from "../errors.ts";
import type { Advice } from "../generated/l1probe/v1/probe.ts";
import { type ExpandOptions, type Expansion, expand } from "./expand.ts";
import { parsePath, show } from "./schema.ts";

/** An experiment's parsed YAML: its value, and the position of each part. */
export interface Source {
  readonly text: string;
  /** The file's name, as a person gave it. */
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column: ` of a path, or of its nearest existing parent. */
  place(path: string): string;
  /** A whole number that a double does not hold, as the text writes it. */
  written?(path: string): string | undefined;
  /** Sentences about what YAML reads otherwise than it looks. */
  readonly notes?: readonly string[];
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

/** What is wrong at a position of the text. */
interface Fault {
  readonly at: number;
  readonly why: string;
}

/** A hint to quote the value of a line, which YAML reads as something else than text. */
function quotesHint(line: string): string {
  const [, lead, value] = /^(\s*(?:- )?\w+: +|\s*- )([^"'[{|>\s].*?)\s*$/.exec(line) ?? [];
  if (lead !== undefined && value !== undefined) return `; put the text in quotes: ${lead.trim()} ${show(value)}`;
  return line.includes("prompt") ? "; put the whole text in quotes" : "";
}

function faultOf({ code, pos: [at], message }: YAMLError, text: string): Fault {
  const key = code === "DUPLICATE_KEY" ? /^[^\s:,[\]{}]+/.exec(text.slice(at))?.[0] : undefined;
  if (key !== undefined) return { at, why: `The key ${key} is written twice; keep one` };
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const [line = ""] = text.slice(start).split("\n", 1);
  const quotable = code === "BLOCK_AS_IMPLICIT_KEY" || line.includes("prompt") || /reserved character/.test(message);
  return { at, why: `${message.replace(/\.$/, "")}${quotable ? quotesHint(line) : ""}` };
}

/** Aliases of anchors that are not there, or that contain the alias. */
function aliasFaults(document: Document): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      const at = alias.range?.[0] ?? 0;
      if (target === undefined) {
        const why = `*${alias.source} is an alias, but no anchor &${alias.source} comes before it; put a text that begins with * in quotes`;
        faults.push({ at, why });
      } else if (path.includes(target)) faults.push({ at, why: `The alias *${alias.source} contains itself` });
    },
  });
  return faults;
}

/** Prompts that a comment follows on their line: `a cat #1 in the row` is read as `a cat`. */
function cutPrompts(document: Document, text: string): Fault[] {
  const found: Fault[] = [];
  const check = (key: string, { type, range, value }: Scalar) => {
    if (type !== Scalar.PLAIN || !range || typeof value !== "string") return;
    const comment = /^[ \t]+(#.*)/.exec(text.slice(range[1]))?.[1];
    if (comment === undefined) return;
    const why = `${key} is read as ${show(value)}, since ${show(comment.trim())} is a comment in YAML; put the whole text in quotes if it belongs to it`;
    found.push({ at: range[0], why });
  };
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || (key.value !== "prompt" && key.value !== "negative_prompt") || !isNode(value)) return;
      const name = key.value;
      visit(value, { Scalar: (_, scalar) => check(name, scalar) });
    },
  });
  return found;
}

/** A whole number above 2^53 as it is written; a double would print other digits. */
function writtenAt(document: Document, path: string): string | undefined {
  const node = document.getIn(parsePath(path), true);
  if (!isScalar(node) || typeof node.value !== "number" || Number.isSafeInteger(node.value)) return undefined;
  return /^[-+]?\d+$/.test(node.source ?? "") ? String(BigInt(node.source ?? "")) : undefined;
}

function parsed(text: string, at: (position: number) => string, lineCounter: LineCounter): [Document, unknown] {
  try {
    // `error` keeps the library from printing process warnings.
    const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true, logLevel: "error" });
    const broken = [...document.errors, ...document.warnings].map((error) => faultOf(error, text));
    const faults = broken.length > 0 ? broken : aliasFaults(document);
    if (faults.length > 0) {
      throw new ProbeError("input", faults.map((fault) => `${at(fault.at)}${fault.why}.`).join("\n"), { path: "" });
    }
    return [document, document.toJS()];
  } catch (thrown) {
    if (thrown instanceof ProbeError) throw thrown;
    // Too many aliases, a merge key without a map, or a nesting beyond the stack.
    const { message } = ProbeError.from(thrown);
    throw new ProbeError("input", `${at(0)}The experiment cannot be read as YAML: ${message}.`, {
      path: "",
      cause: thrown,
    });
  }
}

/**
 * Reads an experiment's YAML, with anchors and merge keys.
 *
 * @throws ProbeError kind input, every fault with its line and column: broken YAML, a key that is written twice
 */
export function readSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const at = (position: number) => {
    // Nothing is counted where the parser gave up.
    const { line, col } = lines.lineStarts.length === 0 ? { line: 1, col: 1 } : lines.linePos(position);
    return `${file}:${line}:${col}: `;
  };
  const [document, value] = parsed(text, at, lines);
  return {
    text,
    file,
    value,
    place: (path) => at(offset(document, parsePath(path))),
    written: (path) => writtenAt(document, path),
    notes: cutPrompts(document, text).map((fault) => `${at(fault.at)}${fault.why}.`),
  };
}

/**
 * Expands an experiment's YAML; refusals begin with `file:line:column: `.
 *
 * @throws ProbeError kind input
 */
export function expandSource(source: Source, options: Omit<ExpandOptions, "place" | "written"> = {}): Expansion {
  const { place, written, notes = [] } = source;
  const expansion = expand(source.value, { ...options, place, written });
  return { ...expansion, notes: [...notes, ...expansion.notes] };
}

/** What a person says of a probe without a file. */
export interface Probe {
  readonly prompt: string;
  /** Specs of schedules, each once. */
  readonly schedules: readonly string[];
  /** By default what the server advises. */
  readonly steps?: number | undefined;
}

const LONGEST_NAME = 40;

/** A name for a probe, from its prompt: `a-red-circle-moving-right`. */
export function probeName(prompt: string): string {
  const words = prompt.normalize("NFKD").match(/[A-Za-z0-9]+/g) ?? [];
  let name = "";
  for (const word of words) {
    const longer = name === "" ? word.toLowerCase().slice(0, LONGEST_NAME) : `${name}-${word.toLowerCase()}`;
    if (longer.length > LONGEST_NAME) break;
    name = longer;
  }
  return name === "" ? "probe" : name;
}

/**
 * The experiment of a probe: one cell per schedule, with the size, frames and guidance that a server advises.
 *
 * @param advice of the server that will run it
 * @param set keys that the person sets over it, which need no advice
 * @throws ProbeError kind input if the server advises no size
 */
export function probeExperiment(
  { prompt, schedules, steps }: Probe,
  advice: Advice | undefined,
  set: ReadonlySet<string> = new Set(),
): Source {
  const { height = 0, width = 0, frames = 0, guidanceScale = 1, trueCfgScale = 1 } = advice ?? {};
  const count = steps ?? (advice?.steps || undefined);
  const sizes = { height, width, frames };
  const missing = Object.entries(sizes).filter(([key, value]) => value === 0 && !set.has(key));
  if (missing.length > 0) {
    const keys = missing.map(([key]) => key);
    throw new ProbeError(
      "input",
      `The server advises no ${keys.join(", ")}; give ${keys.map((key) => `--set ${key}=…`).join(" ")}.`,
      { path: "set" },
    );
  }
  const experiment = {
    name: probeName(prompt),
    base: {
      prompt,
      ...(trueCfgScale > 1 ? { negative_prompt: "" } : {}),
      true_cfg_scale: trueCfgScale,
      guidance_scale: guidanceScale,
      ...Object.fromEntries(Object.entries(sizes).filter(([, value]) => value > 0)),
      ...(count === undefined ? {} : { steps: count }),
    },
    grid: { schedule: [...schedules] },
  };
  return readSource(stringify(experiment), "the probe");
}
