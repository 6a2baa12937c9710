/** Readers apart from l1probe's: each returns the one list that a text shows, or null if it shows none or several. */

/** A decimal number as Python's float reads it, without words, underscores and other digits. */
function decimal(text: string): number | null {
  const trimmed = text.trim();
  const value = [...trimmed].every((letter) => "0123456789.eE+-".includes(letter)) ? Number(trimmed) : Number.NaN;
  return trimmed !== "" && Number.isFinite(value) ? value : null;
}

/** The numbers, if they are a schedule; a terminal 0 may end it where `ends` says so. */
function list(texts: readonly string[], ends: "0 may end it" | "0 must end it" | "no 0"): number[] | null {
  const values = texts.map(decimal);
  const ended = values.length > 1 && values.at(-1) === 0;
  if (ends === "0 must end it" && !ended) return null;
  const kept = ended && ends !== "no 0" ? values.slice(0, -1) : values;
  const numbers = kept.filter((value) => value !== null);
  const falls = numbers.every((value, k) => Math.fround(value) < Math.fround(numbers[k - 1] ?? Number.MAX_VALUE));
  const inside = numbers.every((value) => Math.fround(value) > 0 && value <= 1);
  return numbers.length === kept.length && numbers.length > 0 && falls && inside ? numbers : null;
}

/** Records of a CSV file by RFC 4180, with quotes around commas and line ends; null if a quote is not closed. */
function records(text: string): string[][] | null {
  const rows: string[][] = [[]];
  let [cell, quoted] = ["", false];
  const end = () => {
    rows.at(-1)?.push(cell.trim());
    cell = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (quoted && letter === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (letter === '"' && (quoted || cell.trim() === "")) quoted = !quoted;
    else if (quoted) cell += letter;
    else if (letter === ",") end();
    else if (letter === "\n" || letter === "\r") {
      end();
      rows.push([]);
    } else cell += letter;
  }
  end();
  return quoted ? null : rows;
}

export function csv(text: string): number[] | null {
  const rows = records(text)
    ?.map((row) => row.slice(0, row.findLastIndex((cell) => cell !== "") + 1))
    .filter((row) => row.length > 0);
  const [head, ...rest] = rows ?? [];
  if (head === undefined) return null;
  if (head.every((cell) => decimal(cell) !== null)) {
    if (rest.length === 0) return list(head, "0 may end it");
    return [head, ...rest].every((row) => row.length === 1)
      ? list(
          [head, ...rest].map(([cell = ""]) => cell),
          "0 may end it",
        )
      : null;
  }
  if (head.filter((cell) => cell === "sigma").length !== 1 || rest.some((row) => row.length > head.length)) return null;
  return list(
    rest.map((row) => row[head.indexOf("sigma")] ?? ""),
    "0 may end it",
  );
}

export function json(text: string): number[] | null {
  const [, whole, inside] = /^\s*(?:\[([^[\]]*)\]|\{\s*"sigmas"\s*:\s*\[([^[\]]*)\]\s*\})\s*$/.exec(text) ?? [];
  const items = whole ?? inside;
  if (items === undefined) return null;
  const numbers = items.split(",");
  return numbers.every((item) => /^\s*-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?\s*$/i.test(item))
    ? list(numbers, "0 may end it")
    : null;
}

export function comfyui(text: string): number[] | null {
  const bare = text.trim();
  const inside = (bare.startsWith("[") && bare.endsWith("]") ? bare.slice(1, -1) : bare).trim();
  const items = (inside.endsWith(",") ? inside.slice(0, -1).trim() : inside)
    .split(",")
    .flatMap((item) => (item.trim() === "" ? [""] : item.trim().split(/\s+/)));
  return items.some((item) => /e/i.test(item)) ? null : list(items, "0 must end it");
}

/** The text of a file, or null if it is not UTF-8. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text.replace(/^\uFEFF/, "");
  } catch {
    return null;
  }
}

/** `sigmas:…` as typed. */
export function pasted(spec: string): number[] | null {
  const [, items] = /^\s*sigmas\s*:([^+]*)$/s.exec(spec) ?? [];
  return items === undefined ? null : list(items.split(","), "no 0");
}

/** `shift:S` at N steps: s·t/(1 + (s − 1)·t) at t = 1 − i/N. */
export function shifted(spec: string, steps: string): number[] | null {
  const [, text] = /^\s*shift\s*:([^,+]*)$/s.exec(spec) ?? [];
  const [shift, count] = [decimal(text ?? ""), decimal(steps)];
  if (shift === null || count === null || !Number.isInteger(count) || count < 1) return null;
  return Array.from({ length: count }, (_, k) => 1 - k / count).map((t) => (shift * t) / (1 + (shift - 1) * t));
}

/** The list of `{sigmas: […]}` in a YAML flow, without comments. */
export function yamlFlow(text: string): number[] | null {
  const [, items] = /\{sigmas: \[([^[\]{}"':]*)\]\}, "sigmas:0.0123"\]/s.exec(text.replace(/(^|\s)#.*$/gm, "$1")) ?? [];
  if (items === undefined) return null;
  return list((items.trim().endsWith(",") ? items.trim().slice(0, -1) : items).split(","), "no 0");
}
