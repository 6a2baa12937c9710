import { type Column, cellColumns, columns, type Row, stepColumns } from "../analysis/row.ts";
import type { Warning } from "../analysis/warning.ts";
import type { Figure } from "../figure/figure.ts";
import { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";

type Value = Row[Column];

/** A cell's exported rows, column by column; a column that never changes within the cell is told once. */
export interface CellData {
  readonly cell_id: string;
  readonly status: CellRecord["status"];
  /** As in the legend; null where the cell has no curve. */
  readonly label: string | null;
  readonly color: string | null;
  readonly rows: number;
  readonly constant: Partial<Record<Column, Value>>;
  readonly columns: Partial<Record<Column, readonly Value[]>>;
}

/** All that a report knows, for its own page and for programs that read it. */
export interface ReportData {
  readonly format: 1;
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
  /** Those of them that can change from step to step. */
  readonly step_columns: readonly Column[];
  /** First those that have curves, in the figure's order, then the others. */
  readonly cells: readonly CellData[];
}

export function reportData(record: SweepRecord, figure: Figure, warnings: readonly Warning[]): ReportData {
  const { name, created, command, experiment, axes, provenance, client } = record.manifest;
  const byId = new Map(record.cells.map((cell) => [cell.cellId, cell]));
  const drawn = figure.series.flatMap(({ id, label, style }) => {
    const cell = byId.get(id);
    byId.delete(id);
    return cell === undefined ? [] : [cellData(record, cell, label, style.color)];
  });
  const others = [...byId.values()].map((cell) => cellData(record, cell, null, null));
  return {
    format: 1,
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
    cells: [...drawn, ...others],
  };
}

function cellData(record: SweepRecord, cell: CellRecord, label: string | null, color: string | null): CellData {
  const constant: Partial<Record<Column, Value>> = {};
  const varying: Partial<Record<Column, readonly Value[]>> = {};
  const { cellId, status } = cell;
  const rows = status === "finished" ? cell.steps.length : 0;
  for (const [column, exact] of cellColumns(record, cell)) {
    const values = exact.map(jsonValue);
    const [first] = values;
    if (first !== undefined && values.every((value) => value === first)) constant[column] = first;
    else varying[column] = values;
  }
  return { cell_id: cellId, status, label, color, rows, constant, columns: varying };
}

/** Numbers that JSON cannot hold become the strings "NaN", "Infinity" and "-Infinity". */
function jsonValue(value: Value): Value {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
