import { type Column, cellRows, type Row, type Value } from "../analysis/row.ts";
import { ProbeError } from "../errors.ts";
import { labels } from "../figure/label.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";

/** The columns of the table. */
const columns = [
  "step",
  "timestep",
  "latent_in_abs_mean",
  "cond_abs_mean",
  "cfg_abs_mean",
  "latent_out_abs_mean",
] as const satisfies readonly (keyof Row)[];

/**
 * Mean absolute values as text: step, timestep, and the mean of |x| of latent_in, cond, cfg and latent_out.
 *
 * @param cellId a cell's id or a prefix of it; if undefined, every finished cell
 * @returns lines: for each cell a heading that starts with #, then aligned columns
 * @throws ProbeError kind input if the prefix matches no finished cell, or several
 */
export function meanAbsTable(record: SweepRecord, cellId: string | undefined): string[] {
  const label = labelsOf(record);
  return chosenCells(record, cellId).flatMap((cell, i) => [
    ...(i === 0 ? [] : [""]),
    `# ${cell.cellId}: ${label(cell)}`,
    ...aligned([[...columns], ...cellRows(record, cell).map((row) => columns.map((name) => exact(row[name])))]),
  ]);
}

/**
 * The finished cells that a table shows.
 *
 * @param cellId a cell's id or a prefix of it; if undefined, every finished cell
 * @throws ProbeError kind input if there is none, or the prefix matches several
 */
function chosenCells(record: SweepRecord, cellId: string | undefined): readonly CellRecord[] {
  const finished = record.cells.filter(({ status }) => status === "finished");
  if (finished.length === 0)
    throw new ProbeError("input", "No cell of this sweep has finished: there is no table yet.");
  return cellId === undefined ? finished : [meant(record, finished, cellId)];
}

function meant(record: SweepRecord, finished: readonly CellRecord[], cellId: string): CellRecord {
  const candidates = finished.filter((cell) => cell.cellId.startsWith(cellId));
  const exact =
    candidates.find((cell) => cell.cellId === cellId) ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (exact !== undefined) return exact;
  const label = labelsOf(record);
  const listed = candidates.length === 0 ? finished : candidates;
  const list = listed.slice(0, 12).map((cell) => `\n  ${cell.cellId}  ${label(cell)}`);
  const more = listed.length > list.length ? `\n  and ${listed.length - list.length} more` : "";
  const found = candidates.length === 0 ? "No finished cell's id begins" : `${candidates.length} cells' ids begin`;
  throw new ProbeError("input", `${found} with ${JSON.stringify(cellId)}; name one of:${list.join("")}${more}`, {
    path: "--cell",
  });
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines.map((line) => line.map((text, i) => text.padStart(widths[i] ?? 0)).join("  "));
}

/** A cell's label by what differs between the cells of its record. */
function labelsOf(record: SweepRecord): (cell: CellRecord) => string {
  const { cells, axes } = record.manifest;
  const texts = labels(cells, axes);
  const byId = new Map(cells.map(({ cellId }, i) => [cellId, texts[i] ?? ""]));
  return ({ cellId }) => byId.get(cellId) ?? "";
}

/** Seven significant digits, the precision of float32. */
function exact(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(7)));
}

/** The columns of a step's table, with the short heads under which 80 columns hold them. */
export const STEP_COLUMNS = [
  { column: "step", head: "step" },
  { column: "timestep", head: "timestep" },
  { column: "latent_in_abs_mean", head: "in" },
  { column: "cond_abs_mean", head: "cond" },
  { column: "cfg_abs_mean", head: "cfg" },
  { column: "latent_out_abs_mean", head: "out" },
  { column: "latent_rel_l1", head: "latent" },
  { column: "cond_rel_l1", head: "cond" },
  { column: "cfg_rel_l1", head: "cfg" },
] as const satisfies readonly { readonly column: Column; readonly head: string }[];

/** What stands over the short heads, by the last of the columns that it covers. */
const GROUPS = [
  { text: "mean |x| of latents and predictions", to: 5 },
  { text: "relative L1", to: 8 },
] as const;

/** Characters of a value, so that 80 columns hold the table. */
const WIDTH = 7;

/** A number with as many digits as its column holds, at most five. */
function shown(value: Value): string {
  if (typeof value !== "number") return value ?? "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : "-Inf";
  for (let digits = 5; digits > 2; digits -= 1) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= WIDTH) return text;
  }
  return value.toExponential(0).length < WIDTH - 1 ? value.toExponential(1) : value.toExponential(0);
}

/** One cell of the table. */
export interface StepTable {
  readonly cellId: string;
  readonly label: string;
  readonly rows: readonly Row[];
}

/**
 * The rows of finished cells, for a table.
 *
 * @param cellId a cell's id or a prefix of it; if undefined, every finished cell
 * @throws ProbeError kind input if the prefix matches no finished cell, or several
 */
export function stepTables(record: SweepRecord, cellId: string | undefined): StepTable[] {
  const label = labelsOf(record);
  return chosenCells(record, cellId).map((cell) => ({
    cellId: cell.cellId,
    label: label(cell),
    rows: cellRows(record, cell),
  }));
}

/**
 * A cell's steps as text of at most 80 columns: timestep, the mean of |x| of latent_in, cond, cfg and latent_out, and the
 * relative L1 of latent, cond and cfg.
 */
export function stepTableText({ cellId, label, rows }: StepTable): string[] {
  const lines = [
    STEP_COLUMNS.map(({ head }) => head as string),
    ...rows.map((row) => STEP_COLUMNS.map(({ column }) => shown(row[column]))),
  ];
  const widths = STEP_COLUMNS.map((_, i) => Math.max(i < 2 ? 0 : WIDTH, ...lines.map((line) => line[i]?.length ?? 0)));
  const end = (i: number) => widths.slice(0, i + 1).reduce((sum, width) => sum + width + 2, -2);
  const over = GROUPS.reduce((line, { text, to }) => line + text.padStart(end(to) - line.length), "");
  return [
    `# ${cellId}: ${label}`,
    over,
    ...lines.map((line) => line.map((text, i) => text.padStart(widths[i] ?? 0)).join("  ")),
  ];
}
