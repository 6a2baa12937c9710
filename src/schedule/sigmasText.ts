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
    return Number.isNaN(value) ? refuse(`has ${JSON.stringify(cell)} as value ${index}`) : value;
  };
  const rows = text
    .split(/\r?\n/)
    .map((line) => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")))
    .filter((cells) => cells.some((cell) => cell !== ""));
  const [first = []] = rows;
  const headed = first.some((cell) => Number.isNaN(readNumber(cell)));
  if (!headed) {
    if (rows.length > 1 && first.length > 1) return refuse(`has ${first.length} columns and no header`);
    return (rows.length > 1 ? rows.map(([cell = ""]) => cell) : first).map(toNumber);
  }
  const column = first.indexOf("sigma");
  if (column === -1) return refuse(`has the header ${first.join(",")}`);
  return rows.slice(1).map((cells, index) => toNumber(cells[column] ?? "", index));
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
  const items = text
    .trim()
    .replace(/^\[(.*)\]$/s, "$1")
    .split(/[\s,]+/)
    .filter((item) => item !== "");
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
