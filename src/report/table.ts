import { cellRows, type Row } from "../analysis/row.ts";
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
    ...aligned([[...columns], ...cellRows(record, cell).map((row) => columns.map((name) => shown(row[name])))]),
  ]);
}

/**
 * The finished cells that a table shows.
 *
 * @param cellId a cell's id or a prefix of it; if undefined, every finished cell
 * @throws ProbeError kind input if there is none, or the prefix matches several
 */
export function chosenCells(record: SweepRecord, cellId: string | undefined): readonly CellRecord[] {
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
export function labelsOf(record: SweepRecord): (cell: CellRecord) => string {
  const { cells, axes } = record.manifest;
  const texts = labels(cells, axes);
  const byId = new Map(cells.map(({ cellId }, i) => [cellId, texts[i] ?? ""]));
  return ({ cellId }) => byId.get(cellId) ?? "";
}

/** Seven significant digits, the precision of float32. */
function shown(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(7)));
}
