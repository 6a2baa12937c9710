import { type Column, columns, stepColumns } from "../analysis/row.ts";
import type { Warning } from "../analysis/warning.ts";
import { labels } from "../figure/label.ts";
import { drawnCells } from "../figure/series.ts";
import { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { howToRead, type PackedColumn, packColumns, rowsOf } from "./packed.ts";

export interface CellData {
  readonly cell_id: string;
  readonly status: CellRecord["status"];
  /** What distinguishes it from the sweep's other cells. */
  readonly label: string;
  /** The number of the cell's rows in the table; 0 if it did not finish. */
  readonly rows: number;
}

/** All data of a report, for its own page and for programs that read it. */
export interface ReportData {
  readonly format: 2;
  readonly name: string;
  readonly created: string;
  readonly command: string;
  readonly experiment: SweepRecord["manifest"]["experiment"];
  readonly axes: readonly string[];
  readonly provenance: unknown;
  readonly client: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
  /** Names of the exported columns, in order. */
  readonly columns: readonly Column[];
  /** The columns that can change from step to step. */
  readonly step_columns: readonly Column[];
  /** Cells with curves first, in the figure's order, then the others. */
  readonly cells: readonly CellData[];
  /** How to read the table. */
  readonly reading: string;
  /** Every exported number. */
  readonly table: Readonly<Record<Column, PackedColumn>>;
}

/** The cells in the order of a report's data: those with curves first. */
export function cellsInOrder(record: SweepRecord): CellRecord[] {
  const isDrawn = new Set(drawnCells(record).cells);
  return [...isDrawn, ...record.cells.filter((cell) => !isDrawn.has(cell))];
}

export function reportData(record: SweepRecord, warnings: readonly Warning[]): ReportData {
  const { name, created, command, experiment, axes, provenance, client } = record.manifest;
  const cells = cellsInOrder(record);
  const text = labels(record.manifest.cells, axes);
  const labelOf = new Map(record.manifest.cells.map(({ cellId }, i) => [cellId, text[i] ?? cellId]));
  return {
    format: 2,
    name,
    created,
    command,
    experiment,
    axes,
    provenance: Provenance.toJSON(provenance),
    client,
    warnings,
    columns,
    step_columns: stepColumns,
    cells: cells.map((cell) => ({
      cell_id: cell.cellId,
      status: cell.status,
      label: labelOf.get(cell.cellId) ?? cell.cellId,
      rows: rowsOf(cell),
    })),
    reading: howToRead,
    table: packColumns(record, cells),
  };
}
