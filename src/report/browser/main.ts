import type { ReportData } from "../data.ts";
import type { PagePlots } from "../page/plots.ts";
import { linkElements, listSteps, sortTable } from "./cells.ts";
import { linkControls } from "./controls.ts";
import { drawPlots } from "./plots.ts";
import { State } from "./state.ts";
import { Table } from "./table.ts";

/*
 * What runs in the page of a report: plots take over from the static figures, and are linked with the legend, the table of
 * cells and the clips.
 */

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
