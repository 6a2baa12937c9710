/** One CSV file per cell: every column, or only what a tracker of runs reads as metrics of a step. */
export const PER_CELL_FORMATS = ["csv-per-cell", "trackio"] as const;
export type PerCellFormat = (typeof PER_CELL_FORMATS)[number];
