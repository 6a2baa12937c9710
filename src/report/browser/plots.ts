import { pointAt } from "../../figure/segments.ts";
import type { PagePlot, PagePlots, PageSeries } from "../page/plots.ts";
import { type Line, linesOf, type Points, pathOf, pointsOf } from "./lines.ts";
import type { State } from "./state.ts";
import { shown, type Table } from "./table.ts";

interface Drawn {
  readonly at: Plotly.PlotlyHTMLElement;
  readonly plot: PagePlot;
  lines: readonly Line[];
}

const coarse = matchMedia("(pointer: coarse)").matches;
const font = { family: "system-ui, sans-serif", size: 12, color: "#333333" };
const base: Partial<Plotly.Layout> = {
  font,
  height: 270,
  margin: { l: 52, r: 14, t: 8, b: 42 },
  showlegend: false,
  hovermode: "closest",
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  // A finger scrolls the page; a mouse drags a range.
  dragmode: coarse ? false : "zoom",
};
const config = { responsive: true, displaylogo: false, displayModeBar: false } as const;

/** Draws all plots, one at a time so that the page stays responsive, and keeps them up to date. */
export function drawPlots(table: Table, page: PagePlots, state: State, done: () => void): void {
  const drawn: Drawn[] = [];
  const waiting = page.plots.flatMap((plot) => {
    const at = document.getElementById(`plot-${plot.key}`);
    return at === null ? [] : [{ at, plot }];
  });
  state.onHighlight(() => {
    for (const one of drawn) highlight(one, table, page, state);
  });
  state.onSeries(() => {
    for (const one of drawn) {
      one.lines = linesOf(table, page, one.plot, state.series);
      void Plotly.react(
        one.at,
        one.lines.map(({ trace }) => trace),
        one.at.layout,
        config,
      );
    }
  });
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=scale]"))
    input.addEventListener("change", () => {
      for (const one of drawn) if (one.plot.measured) setScale(one, input.value);
    });
  const next = async (): Promise<void> => {
    const place = waiting.shift();
    if (place === undefined) {
      done();
      return;
    }
    const { at, plot } = place;
    const lines = linesOf(table, page, plot, state.series);
    const { xaxis, yaxis } = structuredClone(plot.layout);
    const layout = {
      ...base,
      xaxis: { ...xaxis, range: [...xaxis.range] },
      yaxis: { ...yaxis, range: [...yaxis.range] },
    };
    const element = await Plotly.newPlot(
      at,
      lines.map(({ trace }) => trace),
      layout,
      config,
    );
    const one = { at: element, plot, lines };
    drawn.push(one);
    listen(one, drawn, table, state);
    setTimeout(() => void next());
  };
  void next();
}

/** Brings out the highlighted cells in a plot. A shape is drawn without touching the lines, so this stays quick. */
function highlight({ at, plot }: Drawn, table: Table, page: PagePlots, { highlighted }: State): void {
  const byStyle = new Map<number, number[]>();
  for (const cell of highlighted) {
    const style = page.cell_style[cell];
    if (style !== undefined) byStyle.set(style, [...(byStyle.get(style) ?? []), cell]);
  }
  const width = highlighted.size > 12 ? 1.5 : 3;
  const shapes = [...byStyle].map(([style, cells]): Partial<Plotly.Shape> => {
    const path = pathOf(table, plot, cells);
    return { type: "path", xref: "x", yref: "y", path, line: { color: page.styles[style]?.color ?? "", width } };
  });
  void Plotly.relayout(at, { shapes: shapes.filter(({ path }) => path !== "") });
  at.classList.toggle("dim", highlighted.size > 0);
}

/** The y axis as measured values are best seen, or as the reader wants it. Its title says what it is. */
function setScale({ at, plot }: Drawn, scale: string): void {
  const { yaxis } = plot.layout;
  const automatic = { "yaxis.type": yaxis.type, "yaxis.range": [...yaxis.range], "yaxis.title.text": yaxis.title.text };
  const type = scale === "log" ? "log" : "linear";
  const wanted = { "yaxis.type": type, "yaxis.autorange": true, "yaxis.title.text": plot.titles[type] };
  void Plotly.relayout(at, (scale === "automatic" ? automatic : wanted) as Partial<Plotly.Layout>);
}

function listen(one: Drawn, all: readonly Drawn[], table: Table, state: State): void {
  const found = ({ points: [first] }: Plotly.PlotMouseEvent) => {
    const line = one.lines[first?.curveNumber ?? -1];
    const place = line === undefined || first === undefined ? null : pointAt(line, first.pointIndex);
    const series = place === null ? undefined : state.series[place.series];
    return place === null || series === undefined ? null : { series, point: place.point };
  };
  const tell = (hover: Plotly.PlotMouseEvent) => {
    const here = found(hover);
    if (here === null) return null;
    const points = pointsOf(table, one.plot, here.series.cells);
    showTooltip(table, one.plot, here.series, points, here.point, hover.event);
    return here.series.cells;
  };
  // Plotly is still at work on the event: it must not redraw before it is done.
  const later = (run: () => void) => setTimeout(run);
  one.at.on("plotly_hover", (hover) => {
    const cells = tell(hover) ?? [];
    later(() => state.point(cells));
  });
  one.at.on("plotly_unhover", () => {
    hideTooltip();
    later(() => state.point([]));
  });
  one.at.on("plotly_click", (hover) => {
    const cells = tell(hover);
    if (cells !== null) later(() => state.choose(cells));
  });
  one.at.on("plotly_relayout", (change) => linkZoom(one, all, change));
}

let linking = false;

/** Shows the same range of x in every plot with the same x axis. */
function linkZoom({ at, plot }: Drawn, all: readonly Drawn[], change: Plotly.PlotRelayoutEvent): void {
  const zoomed = "xaxis.range[0]" in change || "xaxis.range" in change;
  const reset = "xaxis.autorange" in change;
  if (linking || !(zoomed || reset)) return;
  linking = true;
  const others = all.filter((other) => other.at !== at && other.plot.x === plot.x);
  const range = reset ? [...plot.layout.xaxis.range] : at.layout.xaxis?.range?.slice();
  const changes = reset ? all.filter((other) => other.plot.x === plot.x) : others;
  const all_ = changes.map((other) => Plotly.relayout(other.at, { "xaxis.range": range } as Partial<Plotly.Layout>));
  void Promise.all(all_).finally(() => {
    linking = false;
  });
}

const tooltip = () => document.getElementById("tooltip");

/** Five lines: which curve, which step, its value, and what the value is to be read with. */
function tooltipLines(
  table: Table,
  plot: PagePlot,
  { label, cells }: PageSeries,
  points: Points,
  point: number,
): string[] {
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

function showTooltip(
  table: Table,
  plot: PagePlot,
  series: PageSeries,
  points: Points,
  point: number,
  at: { readonly clientX: number; readonly clientY: number },
): void {
  const box = tooltip();
  if (box === null) return;
  const [label = "", ...lines] = tooltipLines(table, plot, series, points, point);
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

function hideTooltip(): void {
  const box = tooltip();
  if (box !== null) box.hidden = true;
}
