import { distinctMetrics, type Metric } from "../../analysis/curve.ts";
import { type Extremum, expertsText, summarize, usage } from "../../analysis/summary.ts";
import type { Figure, Series } from "../../figure/figure.ts";
import { labels } from "../../figure/label.ts";
import { drawnCells } from "../../figure/series.ts";
import type { CellRecord, SweepRecord } from "../../record/record.ts";
import { entry, sample } from "./figures.ts";
import { escapeHtml, shortNumber } from "./html.ts";

/**
 * The table of cells: for each metric its maximum and minimum with their steps, and its last value; then the time that
 * the cell took. Pointing at a row or choosing it highlights its curves.
 */
export function cellsSection(record: SweepRecord, figure: Figure): string {
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  const experts = record.cells.some((cell) => expertsText(cell) !== null);
  const drawn = new Map(drawnCells(record).cells.map(({ cellId }, i) => [cellId, i]));
  const label = labels(record.manifest.cells, record.manifest.axes);
  const body = record.cells.map((cell, i) => {
    const index = drawn.get(cell.cellId);
    const series = index === undefined ? undefined : figure.series.find(({ cells }) => cells.includes(index));
    return series === undefined || index === undefined
      ? undrawnRow(cell, label[i] ?? "", 3 * metrics.length + 2 + Number(experts))
      : row(cell, metrics, experts, { ...series, label: label[i] ?? series.label }, index);
  });
  let column = 0;
  const head = (text: string) => {
    column += 1;
    return `<th scope="col" data-sort="${column}" aria-sort="none" tabindex="0">${text}</th>`;
  };
  const groups = metrics.map((metric) => `<th colspan="3" scope="colgroup">${metric} relative L1</th>`);
  const heads = metrics.map(() => head("maximum") + head("minimum") + head("last"));
  const expertsHead = experts ? '<th rowspan="2" scope="col">experts</th>' : "";
  return `<section class="cells"><h2>Cells</h2>
<p class="quiet">Maximum and minimum with their steps. Choose a row to highlight its curves and list its steps; choose a column's head to sort by it.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of cells"><table id="cells">
<thead><tr><th rowspan="2" scope="col" data-sort="0" aria-sort="none" tabindex="0">cell</th>${groups.join("")}<th colspan="2" scope="colgroup">seconds</th>${expertsHead}</tr>
<tr>${heads.join("")}${head("total")}${head("per step")}</tr></thead>
<tbody>${body.join("")}</tbody></table></div>
<div id="steps" hidden></div></section>`;
}

function undrawnRow(cell: CellRecord, label: string, columns: number): string {
  const reason = cell.failed === null ? "" : `: ${cell.failed.message}`;
  return `<tr class="undrawn"><th scope="row" title="cell ${escapeHtml(cell.cellId)}">${escapeHtml(label)}</th><td colspan="${columns}">${escapeHtml(cell.status + reason)}</td></tr>`;
}

function row(cell: CellRecord, metrics: readonly Metric[], experts: boolean, series: Series, index: number): string {
  const values = metrics.map((metric) => {
    const { maximum, minimum, last } = summarize(cell, metric);
    return `${extremum(maximum)}${extremum(minimum)}<td>${shortNumber(last?.value ?? null)}</td>`;
  });
  const { seconds, secondsPerStep } = usage(cell);
  const button = entry(sample(series.style), series.label, [index], `cell ${cell.cellId}`);
  return `<tr data-cells="${index}"><th scope="row">${button}</th>${values.join("")}<td>${shortNumber(seconds)}</td><td>${shortNumber(secondsPerStep)}</td>${experts ? `<td>${escapeHtml(expertsText(cell) ?? "one")}</td>` : ""}</tr>`;
}

function extremum(found: Extremum | null): string {
  if (found === null) return "<td>–</td>";
  const where = `<small title="timestep ${shortNumber(found.timestep)}">step ${found.step}</small>`;
  return `<td data-value="${found.value}">${shortNumber(found.value)} ${where}</td>`;
}
