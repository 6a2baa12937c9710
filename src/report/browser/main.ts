import type { ReportData } from "../data.ts";
import type { PagePlots, PageSeries } from "../page/plots.ts";
import { linkElements, listSteps, sortTable } from "./cells.ts";
import { drawPlots } from "./plots.ts";
import { State } from "./state.ts";
import { shown, Table } from "./table.ts";

/*
 * What runs in the page of a report: plots take over from the static figures, and are linked with the legend, the table of
 * cells and the clips.
 */

/** Cells of one series whose rows lie at the same steps and that agree on these axes. */
function groupsBy(table: Table, cells: readonly number[], axes: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const cell of cells) {
    const rows = table.data.cells[cell]?.rows ?? 0;
    const sigmas = Array.from({ length: rows }, (_, row) => table.value(cell, "sigma", row));
    const key = JSON.stringify([...axes.map((axis) => table.value(cell, axis, 0)), sigmas]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups.values()];
}

/** The filter and the grouping: which cells are drawn and listed, and whether as curves or as medians and bands. */
function linkControls(table: Table, page: PagePlots, state: State): void {
  const filters = [...document.querySelectorAll<HTMLSelectElement>("select[data-axis]")];
  const grouping = document.querySelector<HTMLSelectElement>("#group");
  const count = document.getElementById("count");
  const all = page.cell_style.map((_, cell) => cell);
  for (const select of filters) {
    const axis = select.dataset.axis ?? "";
    const values = [...new Set(all.map((cell) => shown(table.value(cell, axis, 0))))];
    for (const value of values) select.add(new Option(value.length > 40 ? `${value.slice(0, 39)}…` : value, value));
  }
  const update = () => {
    const wanted = filters.filter(({ value }) => value !== "");
    const isShown = (cell: number) =>
      wanted.every(({ dataset, value }) => shown(table.value(cell, dataset.axis ?? "", 0)) === value);
    const cells = all.filter(isShown);
    state.show(seriesOf(table, page, cells, grouping?.value ?? ""));
    const kept = new Set(cells);
    for (const part of document.querySelectorAll<HTMLElement>("#cells tbody tr, .clip")) {
      const own = Number(part.dataset.cells ?? "-1");
      part.hidden = wanted.length > 0 && !kept.has(own);
    }
    if (count !== null) count.textContent = wanted.length === 0 ? "" : `${cells.length} of ${all.length} cells`;
  };
  for (const select of [...filters, ...(grouping === null ? [] : [grouping])])
    select.addEventListener("change", update);
}

/** The lines of the cells: as in the static figure, one per cell, or one per group over an axis. */
function seriesOf(table: Table, page: PagePlots, cells: readonly number[], grouping: string): readonly PageSeries[] {
  const kept = new Set(cells);
  const label = (cell: number) => table.data.cells[cell]?.label ?? "";
  if (grouping === "")
    return page.series
      .map((series) => ({ ...series, cells: series.cells.filter((cell) => kept.has(cell)) }))
      .filter((series) => series.cells.length > 0);
  const style = (cell: number) => page.cell_style[cell] ?? 0;
  if (grouping === "none") return cells.map((cell) => ({ label: label(cell), style: style(cell), cells: [cell] }));
  const others = table.data.axes.filter((axis) => axis !== grouping);
  return groupsBy(table, cells, others).map((group) => {
    const [first = -1] = group;
    const values = others.map((axis) => `${axis} ${shown(table.value(first, axis, 0))}`).join(" · ");
    return {
      label: group.length === 1 ? label(first) : values || `${group.length} cells`,
      style: style(first),
      cells: group,
    };
  });
}

function read<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

const page = read<PagePlots>("l1probe-plots");
const table = new Table(read<ReportData>("l1probe-data"), page.columns);
const state = new State(page.series);
linkElements(state);
listSteps(table, state);
sortTable();
linkControls(table, page, state);
drawPlots(table, page, state, () => {
  document.documentElement.dataset.drawn = "all";
});
