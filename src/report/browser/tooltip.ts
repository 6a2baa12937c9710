import type { PagePlot, PageSeries } from "../page/plots.ts";
import type { Points } from "./lines.ts";
import { shown, type Table } from "./table.ts";

const tooltip = () => document.getElementById("tooltip");

/** Five lines: which curve, which step, its value, and what the value is to be read with. */
function linesOf(table: Table, plot: PagePlot, { label, cells }: PageSeries, points: Points, point: number): string[] {
  const [cell = -1] = cells;
  const row = points.rows[point] ?? 0;
  const of = (column: string) => shown(table.value(cell, column, row));
  const where = `step ${of("step")} of ${of("steps")} · σ ${of("sigma")} → ${of("sigma_next")}`;
  const value = `${plot.titles.linear} ${shown(points.y[point])}`;
  if (points.low !== null && points.high !== null)
    return [
      label,
      where,
      `median ${value}`,
      `10–90 % ${shown(points.low[point])} – ${shown(points.high[point])}`,
      `n = ${cells.length}`,
    ];
  return [
    label,
    where,
    value,
    `L1 cond ${of("cond_rel_l1")} · cfg ${of("cfg_rel_l1")} · latent ${of("latent_rel_l1")}`,
    `cell ${table.data.cells[cell]?.cell_id ?? ""}`,
  ];
}

export function showTooltip(
  table: Table,
  plot: PagePlot,
  series: PageSeries,
  points: Points,
  point: number,
  at: { readonly clientX: number; readonly clientY: number },
): void {
  const box = tooltip();
  if (box === null) return;
  const [label = "", ...lines] = linesOf(table, plot, series, points, point);
  const name = Object.assign(document.createElement("b"), { textContent: label });
  box.replaceChildren(
    name,
    ...lines.map((text) => Object.assign(document.createElement("div"), { textContent: text })),
  );
  box.hidden = false;
  const right = at.clientX + 24 + box.offsetWidth > innerWidth;
  const left = right ? at.clientX - 24 - box.offsetWidth : at.clientX + 24;
  const top = Math.min(at.clientY - 20, innerHeight - box.offsetHeight - 8);
  box.style.left = `${Math.max(Math.min(left, innerWidth - box.offsetWidth - 4), 4)}px`;
  box.style.top = `${Math.max(top, 4)}px`;
}

export function hideTooltip(): void {
  const box = tooltip();
  if (box !== null) box.hidden = true;
}
