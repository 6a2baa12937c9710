import { ProbeError } from "../../errors.ts";
import { readNumber } from "../grammar/parameter.ts";

function refuse(source: string, wrong: string): never {
  throw new ProbeError(
    "input",
    `${source} ${wrong}; it must be one row or one column of numbers, or have a header with a column named sigma.`,
    { path: source },
  );
}

/** Reads one row or one column of numbers, or the column `sigma` of a table with a header. */
export function readCsv(text: string, source: string): number[] {
  const rows = text
    .split(/\r?\n/)
    .map((line) => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")))
    .filter((cells) => cells.some((cell) => cell !== ""));
  const [first = []] = rows;
  const headed = first.some((cell) => Number.isNaN(readNumber(cell)));
  if (!headed) {
    if (rows.length > 1 && first.length > 1) refuse(source, `has ${first.length} columns and no header`);
    return (rows.length > 1 ? rows.map(([cell = ""]) => cell) : first).map((cell, index) =>
      toNumber(cell, index, source),
    );
  }
  const column = first.indexOf("sigma");
  if (column === -1) refuse(source, `has the header ${first.join(",")}`);
  return rows.slice(1).map((cells, index) => toNumber(cells[column] ?? "", index, source));
}

function toNumber(cell: string, index: number, source: string): number {
  const value = readNumber(cell);
  if (Number.isNaN(value)) refuse(source, `has ${JSON.stringify(cell)} as value ${index}`);
  return value;
}
