import { type Column, columns, stepColumns } from "../analysis/row.ts";
import type { Warning } from "../analysis/warning.ts";
import type { Figure } from "../figure/figure.ts";
import { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import { howToRead, type PackedColumn, packColumns, rowsOf } from "./packed.ts";

export interface CellData {
  readonly cell_id: string;
  readonly status: CellRecord["status"];
  /** As in the legend; null if the cell has no curve. */
  readonly label: string | null;
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

/** The cells in the order of a report's data: those with curves first, in the figure's order. */
export function cellsInOrder(record: SweepRecord, figure: Figure): CellRecord[] {
  const byId = new Map(record.cells.map((cell) => [cell.cellId, cell]));
  const drawn = figure.series.flatMap(({ id }) => {
    const cell = byId.get(id);
    byId.delete(id);
    return cell === undefined ? [] : [cell];
  });
  return [...drawn, ...byId.values()];
}

export function reportData(record: SweepRecord, figure: Figure, warnings: readonly Warning[]): ReportData {
  const { name, created, command, experiment, axes, provenance, client } = record.manifest;
  const cells = cellsInOrder(record, figure);
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
    cells: cells.map((cell, i) => ({
      cell_id: cell.cellId,
      status: cell.status,
      label: figure.series[i]?.label ?? null,
      rows: rowsOf(cell),
    })),
    reading: howToRead,
    table: packColumns(record, cells),
  };
}
