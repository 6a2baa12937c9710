import type { Argv } from "yargs";

/** Formats of a command that prints a table: text for people, the others for programs and pages. */
export const TABLE_FORMATS = ["text", "json", "csv", "markdown"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

type Value = string | number | boolean | null;

/** A column: its key in JSON and CSV, and how it is shown to people. */
export interface TableColumn<Row> {
  readonly key: string;
  readonly of: (row: Row) => Value;
  /** The value as text for people; by default as it is, – for none. */
  readonly text?: (row: Row) => string;
}

/** `--format`, for the builder of a command. */
export function withFormat<T>(yargs: Argv<T>) {
  return yargs.option("format", {
    choices: TABLE_FORMATS,
    default: "text" as TableFormat,
    requiresArg: true,
    describe: "output format",
  });
}

function shown(value: Value): string {
  return value === null ? "–" : String(value);
}

function csvText(value: Value): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonValue(value: Value): Value {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function markdownText(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

/** Columns of text, as wide as their longest value; columns of numbers are aligned on the right. */
export function aligned(lines: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => [...(line[i] ?? "")].length))) ?? [];
  const pad = (text: string, i: number) => {
    const blank = " ".repeat(Math.max(0, (widths[i] ?? 0) - [...text].length));
    return right[i] === true ? blank + text : text + blank;
  };
  return lines.map((line) => line.map(pad).join("  ").trimEnd());
}

/** Rows as text that ends in a newline: aligned columns, an array of objects, RFC 4180, or a table of Markdown. */
export function tabular<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  format: TableFormat = "text",
): string {
  const keys = columns.map(({ key }) => key);
  if (format === "json") {
    const objects = rows.map((row) => Object.fromEntries(columns.map(({ key, of }) => [key, jsonValue(of(row))])));
    return `${JSON.stringify(objects, null, 2)}\n`;
  }
  if (format === "csv") {
    const lines = [keys, ...rows.map((row) => columns.map(({ of }) => csvText(of(row))))];
    return `${lines.map((line) => line.join(",")).join("\n")}\n`;
  }
  const texts = rows.map((row) => columns.map(({ of, text }) => text?.(row) ?? shown(of(row))));
  const right = columns.map(({ of }) => rows.length > 0 && rows.every((row) => typeof (of(row) ?? 0) === "number"));
  if (format === "text") return `${aligned([keys, ...texts], right).join("\n")}\n`;
  const lines = [keys, right.map((is) => (is ? "---:" : "---")), ...texts.map((line) => line.map(markdownText))];
  return `${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}\n`;
}
