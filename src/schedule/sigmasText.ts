import { ProbeError } from "../errors.ts";
import { readNumber } from "./parameter.ts";

/** The formats in which a list of sigmas is read and written. */
export const TEXT_FORMS = ["json", "csv", "comfyui"] as const;
export type TextForm = (typeof TEXT_FORMS)[number];

const READERS: Readonly<Record<TextForm, (text: string, source: string) => number[]>> = {
  json: readJson,
  csv: readCsv,
  comfyui: readComfyui,
};

const WRITERS: Readonly<Record<TextForm, (values: readonly number[]) => string>> = {
  json: (values) => JSON.stringify(values),
  csv: (values) => ["step,sigma", ...values.map((value, step) => `${step},${decimal(value)}`)].join("\n"),
  comfyui: (values) => [...values, 0].map(decimal).join(", "),
};

/**
 * Reads a list of sigmas from text. A final 0 is the terminal one: JSON and CSV may include it, ComfyUI's lists must,
 * because its nodes disagree about a list without it.
 *
 * @param source the text's name, for error messages
 * @returns the values without the terminal 0, not yet checked
 * @throws ProbeError kind input if the text is ambiguous or cannot be read
 */
export function readSigmas(text: string, form: TextForm, source: string): number[] {
  const values = READERS[form](text.replace(/^\uFEFF/, ""), source);
  if (values.length === 0) throw new ProbeError("input", `${source} contains no sigmas.`, { path: source });
  return values.length > 1 && values.at(-1) === 0 ? values.slice(0, -1) : values;
}

/**
 * Writes N sigmas so that they read back exactly: `json` is an array of N numbers on one line, `csv` a table of step
 * and sigma, `comfyui` N + 1 plain decimals, which every SIGMAS node of ComfyUI reads the same way. No final newline.
 */
export function formatSigmas(values: readonly number[], form: TextForm): string {
  return WRITERS[form](values);
}

/** `[1, 0.5]` or `{"sigmas": [1, 0.5]}`. */
function readJson(text: string, source: string): number[] {
  const refuse = (wrong: string, cause?: unknown): never => {
    throw new ProbeError(
      "input",
      `${source} ${wrong}; it must be a JSON array of numbers like [1, 0.75, 0.5, 0.25], or {"sigmas": […]}.`,
      { path: source, cause },
    );
  };
  // JSON.parse would keep the last of several silently, however its letters are escaped.
  const unescaped = text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  if ((unescaped.match(/"sigmas"/g) ?? []).length > 1) return refuse('has the key "sigmas" more than once');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return refuse(`is not JSON (${ProbeError.from(error).message})`, error);
  }
  if (data !== null && typeof data === "object" && !Array.isArray(data)) {
    const other = Object.keys(data).find((key) => key !== "sigmas");
    if (other !== undefined) return refuse(`has the key ${JSON.stringify(other)}`);
    data = "sigmas" in data ? data.sigmas : undefined;
  }
  if (!Array.isArray(data)) return refuse("contains no array");
  return data.map((value: unknown, index) =>
    typeof value === "number" ? value : refuse(`has ${JSON.stringify(value)} at index ${index}`),
  );
}

/** A line of a table with its number in the file; empty cells at its end, as spreadsheets write them, are left out. */
interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A cell, in quotes or not, and the comma after it or the end of the line. */
const CELL = /[^\S\r\n]*(?:"((?:[^"]|"")*)"\s*|((?!")[^,]*))(,|$)/y;

/** The cells of a line, or null if a quote is not closed in it, so that other lines may belong to the cell. */
function cellsOf(line: string): string[] | null {
  const cells: string[] = [];
  const cell = new RegExp(CELL);
  for (let comma: string | undefined = ","; comma === ","; ) {
    const [matched, quoted, bare = "", next] = cell.exec(line) ?? [];
    if (matched === undefined) return null;
    cells.push((quoted?.replaceAll('""', '"') ?? bare).trim());
    comma = next;
  }
  return cells;
}

/** @param refuse says that a line has a quote that it does not close */
function readRows(text: string, refuse: (wrong: string) => never): Row[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((content, index): Row => {
      const line = index + 1;
      const cells =
        cellsOf(content) ?? refuse(`has a quote in line ${line} that does not enclose one cell of that line`);
      const last = cells.findLastIndex((cell) => cell !== "");
      return { line, cells: cells.slice(0, last + 1) };
    })
    .filter(({ cells }) => cells.length > 0);
}

const DECIMAL_COMMA = " (a decimal comma? Write 0.5, not 0,5)";

/** Whether a row of whole numbers too long by its last cells is the German `0,5`, split at its comma. */
function decimalComma({ cells }: Row): string {
  const [whole = "", fraction = ""] = cells.slice(-2);
  return /^[01]$/.test(whole) && /^\d+$/.test(fraction) ? DECIMAL_COMMA : "";
}

/** One row or one column of numbers, or the column `sigma` of a table with a header. */
function readCsv(text: string, source: string): number[] {
  const refuse = (wrong: string): never => {
    throw new ProbeError(
      "input",
      `${source} ${wrong}; it must be one row or one column of numbers, or have a header with a column named sigma.`,
      { path: source },
    );
  };
  const toNumber = (cell: string, index: number): number => {
    const value = readNumber(cell);
    if (!Number.isNaN(value)) return value;
    const comma = /^[01],\d+$/.test(cell) ? DECIMAL_COMMA : "";
    return refuse(`has ${JSON.stringify(cell)} as value ${index}${comma}`);
  };
  const checkWidth = (row: Row, width: number, what: string): void => {
    if (row.cells.length > width)
      refuse(`has ${row.cells.length} cells in line ${row.line}, more than ${what}${decimalComma(row)}`);
  };
  const rows = readRows(text, refuse);
  const [first] = rows;
  if (first === undefined) return [];
  const headed = first.cells.some((cell) => Number.isNaN(readNumber(cell)));
  if (!headed) {
    if (rows.length === 1) return first.cells.map(toNumber);
    for (const row of rows) checkWidth(row, 1, "the one of a column without a header");
    return rows.map(({ cells }) => cells[0] ?? "").map(toNumber);
  }
  const columns = first.cells.flatMap((cell, index) => (cell === "sigma" ? [index] : []));
  const [column] = columns;
  if (column === undefined || columns.length > 1)
    return refuse(`has the header ${JSON.stringify(first.cells.join(","))} with ${columns.length} columns named sigma`);
  return rows.slice(1).map((row, index) => {
    checkWidth(row, first.cells.length, `the ${first.cells.length} of its header`);
    return toNumber(row.cells[column] ?? "", index);
  });
}

/**
 * The text of ComfyUI's SIGMAS nodes: N + 1 plain decimals, separated by commas, spaces or line breaks, the last one 0.
 * Anything that its nodes read differently is refused: an exponent (ManualSigmas takes 1e-3 for 1 and −3), and a list
 * without the final 0 (CustomSigmas replaces the last value by 0, others run the list as it is).
 */
function readComfyui(text: string, source: string): number[] {
  const refuse = (wrong: string, path = source): never => {
    throw new ProbeError("input", `${source} ${wrong}.`, { path });
  };
  const list = text
    .trim()
    .replace(/^\[(.*)\]$/s, "$1")
    .trim()
    .replace(/,$/, "")
    .trim();
  const items = list === "" ? [] : list.split(/\s*,\s*|\s+/);
  const values = items.map((item, index) => {
    const value = readNumber(item);
    const here = `${source}[${index}]`;
    if (Number.isNaN(value)) return refuse(`has ${JSON.stringify(item)} as value ${index}; write plain decimals`, here);
    if (/e/i.test(item))
      return refuse(
        `has ${item} as value ${index}, which some ComfyUI nodes read as two numbers; write ${decimal(value)}`,
        here,
      );
    return value;
  });
  const last = values.at(-1);
  if (last !== undefined && last !== 0)
    return refuse(
      `ends in ${last}, not in 0; some ComfyUI nodes replace the last value by 0 and others run it, so add the final 0, or read it with form=csv or form=json`,
    );
  return values;
}

/** A number without an exponent that reads back as the same double. */
function decimal(value: number): string {
  const text = String(value);
  const [, sign = "", whole = "", fraction = "", exponent = ""] = /^(-?)(\d+)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  if (exponent === "") return text;
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${whole}${fraction}`;
}
