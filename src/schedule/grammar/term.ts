import { ProbeError } from "../../errors.ts";

/** One part of a specification between two `+`, cut but not yet understood: `cdf:logistic,s=7`. */
export interface Term {
  readonly name: string;
  /** Values without a key, in order. */
  readonly positional: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

const KEY = /^([a-z][a-z0-9-]*)=(.*)$/;

/** Cuts a specification at its `+`: schedules that work on others stand before them. */
export function cutTerms(spec: string): Term[] {
  return spec.split("+").map((part) => cutTerm(part.trim(), spec));
}

function cutTerm(part: string, spec: string): Term {
  const colon = part.indexOf(":");
  const name = (colon === -1 ? part : part.slice(0, colon)).trim();
  if (name === "")
    throw new ProbeError(
      "input",
      `The schedule "${spec}" lacks a name; write one like shift:7 or blend:.5+shift:7+linear.`,
    );
  const positional: string[] = [];
  const named = new Map<string, string>();
  const items = colon === -1 ? [] : part.slice(colon + 1).split(",");
  for (const item of items.map((text) => text.trim())) {
    const [, key, value] = KEY.exec(item) ?? [];
    if (key === undefined || value === undefined) {
      if (item === "")
        throw new ProbeError("input", `${part} has an empty value; write ${name}:VALUE,… or ${name} alone.`);
      if (named.size > 0)
        throw new ProbeError("input", `${part} has ${item} after a key=value; values without a key stand first.`);
      positional.push(item);
    } else {
      if (named.has(key)) throw new ProbeError("input", `${part} gives ${key} twice; give it once.`);
      named.set(key, value);
    }
  }
  return { name, positional, named };
}

const ESCAPED: ReadonlyMap<string, string> = new Map(
  ["%", ",", "+", "="].map((sign) => [sign, `%${sign.charCodeAt(0).toString(16).toUpperCase()}`]),
);

/** Writes a file's name so that no sign of the grammar is left in it: `%2C` for a comma, and so on. */
export function escapeText(text: string): string {
  return text.replace(/[%,+=]/g, (sign) => ESCAPED.get(sign) ?? sign);
}

/** The inverse of {@link escapeText}. */
export function unescapeText(text: string): string {
  return text.replace(/%(25|2C|2B|3D)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
