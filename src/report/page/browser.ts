import type { ReportData } from "../data.ts";
import type { PackedColumn } from "../packed.ts";
import type { PagePlot, PagePlots } from "./plots.ts";

/*
 * The code that runs in the reader's browser. The source of `inBrowser` is written into the page, so it uses only its own
 * body and the page's globals. The types below are the parts of the DOM and of plotly that it uses.
 */

interface Element {
  textContent: string;
  innerHTML: string;
  hidden: boolean;
  readonly dataset: Record<string, string | undefined>;
  readonly classList: { toggle(name: string, on: boolean): void };
  readonly style: Record<string, string>;
  readonly offsetWidth: number;
  readonly offsetHeight: number;
  setAttribute(name: string, value: string): void;
  addEventListener(name: string, listener: (event: { key: string; target: Element }) => void): void;
  closest(selector: string): Element | null;
  scrollIntoView(options: { block: string }): void;
}

interface Hover {
  readonly points: readonly { readonly curveNumber: number; readonly pointIndex: number }[];
  readonly event: { readonly clientX: number; readonly clientY: number };
}

interface PlotElement extends Element {
  on(name: string, listener: (event: Hover) => void): void;
}

/** One plotly line, and where each series starts in it. */
interface Drawn {
  readonly x: (number | null)[];
  readonly y: (number | null)[];
  readonly segments: [series: number, start: number][];
}

declare const document: {
  getElementById(id: string): PlotElement | null;
  querySelectorAll(selector: string): Iterable<Element>;
  addEventListener: Element["addEventListener"];
  readonly documentElement: Element;
};
declare function setTimeout(run: () => void): void;
declare function atob(base64: string): string;
declare const innerWidth: number;
declare const innerHeight: number;
declare const Plotly: {
  newPlot(at: Element, data: unknown[], layout: unknown, config: unknown): void;
  relayout(at: Element, change: unknown): void;
};

/** Draws the plots and links them with the legend, the table and the clips: a chosen cell is highlighted in all. */
export function inBrowser(): void {
  const read = (id: string) => JSON.parse(document.getElementById(id)?.textContent ?? "null");
  const data: ReportData = read("l1probe-data");
  const { styles, style_of, named, columns: drawnColumns, plots }: PagePlots = read("l1probe-plots");
  const tooltip = document.getElementById("tooltip");
  const stepTable = document.getElementById("steps");

  /** The first row of each cell in the table. */
  const starts = data.cells.map(() => 0);
  for (let i = 1; i < starts.length; i += 1) starts[i] = (starts[i - 1] ?? 0) + (data.cells[i - 1]?.rows ?? 0);

  const unpack = (packed: PackedColumn | undefined): ((cell: number, row: number) => unknown) => {
    if (packed === undefined) return () => null;
    if (packed.type === "constant") return () => packed.value;
    if (packed.type === "by_cell") return (cell) => packed.values[cell];
    if (packed.type === "by_row") return (_, row) => packed.values[row];
    const text = atob(packed.base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = text.charCodeAt(i);
    const numbers = packed.type === "float32" ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer);
    const missing = new Uint8Array(numbers.length);
    for (const [first, count] of packed.missing) missing.fill(1, first, first + count);
    return (_, row) => (missing[row] === 1 ? null : numbers[row]);
  };
  const unpacked = new Map<string, ReturnType<typeof unpack>>();
  /** Reads a column by cell and row of the table; a column is unpacked on first use. */
  const columnOf = (name: string) => {
    const known = unpacked.get(name);
    if (known !== undefined) return known;
    const table: Readonly<Record<string, PackedColumn>> = data.table;
    const made = unpack(table[name] ?? drawnColumns[name]);
    unpacked.set(name, made);
    return made;
  };
  const readValue = (series: number, column: string, row: number) =>
    columnOf(column)(series, (starts[series] ?? 0) + row) ?? null;
  const text = (value: unknown) => {
    if (typeof value === "number") return String(Number(value.toPrecision(5)));
    return value === null || value === undefined ? "–" : String(value);
  };
  const escaped = (value: string) => value.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

  const font = { family: "system-ui, sans-serif", size: 12, color: "#333333" };
  const base = { font, height: 270, margin: { l: 58, r: 20, t: 10, b: 44 }, showlegend: false, hovermode: "closest" };
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  const drawn = plots.flatMap((plot) => {
    const at = document.getElementById(`plot-${plot.key}`);
    return at === null ? [] : [{ at, plot, traces: [] as Drawn[] }];
  });
  const ready: typeof drawn = [];

  /** The row of each point of a series within its cell. */
  const rowsOf = ({ points }: PagePlot, series: number) => {
    const [first, count] = points[series] ?? [[]];
    return typeof first === "number" ? Array.from({ length: count ?? 0 }, (_, i) => first + i) : (first ?? []);
  };
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : null);
  /** The points of a series; a null y breaks the line. */
  const pointsOf = (plot: PagePlot, series: number) => {
    const rows = rowsOf(plot, series);
    const along = (name: string) => rows.map((row) => number(readValue(series, name, row)));
    return { x: along(plot.x), y: along(plot.y) };
  };
  /** The series of each line: a single one, or all of one style. */
  const groups: number[][] = named ? style_of.map((_, series) => [series]) : styles.map(() => []);
  if (!named) for (const [series, style] of style_of.entries()) groups[style]?.push(series);
  const traceOf = (plot: PagePlot, group: readonly number[]): Drawn => {
    const trace: Drawn = { x: [], y: [], segments: [] };
    for (const series of group) {
      if (trace.segments.length > 0) {
        trace.x.push(null);
        trace.y.push(null);
      }
      trace.segments.push([series, trace.x.length]);
      const { x, y } = pointsOf(plot, series);
      trace.x.push(...x);
      trace.y.push(...y);
    }
    return trace;
  };

  /** A series' line in a plot, as an SVG path in the plot's own coordinates. */
  const lineOf = (plot: PagePlot, series: number) => {
    const { x, y } = pointsOf(plot, series);
    let path = "";
    let pen = "M";
    for (const [i, value] of y.entries()) {
      if (value === null) pen = "M";
      else {
        path += `${pen}${x[i]},${value}`;
        pen = "L";
      }
    }
    return path;
  };

  let chosen: number | null = null;
  let pointed: number | null = null;
  let shown: number | null = null;
  const show = () => {
    const series = pointed ?? chosen;
    if (series === shown) return;
    shown = series;
    const color = styles[style_of[series ?? -1] ?? -1]?.color ?? "#000000";
    for (const { at, plot } of ready) {
      // A shape is drawn without touching the traces, so this stays quick with a thousand cells.
      const path = series === null ? "" : lineOf(plot, series);
      const shape = { type: "path", xref: "x", yref: "y", path, line: { color, width: 3 } };
      Plotly.relayout(at, { shapes: path === "" ? [] : [shape] });
      at.classList.toggle("dim", series !== null);
    }
    for (const part of document.querySelectorAll("[data-series]")) {
      part.classList.toggle("shown", part.dataset.series === String(series));
    }
  };
  const point = (series: number | null) => {
    pointed = series;
    show();
  };
  const choose = (series: number | null) => {
    chosen = series === chosen ? null : series;
    for (const button of document.querySelectorAll("button[data-series]")) {
      button.setAttribute("aria-pressed", String(button.dataset.series === String(chosen)));
    }
    listSteps();
    show();
  };

  /** The steps of the chosen cell: mean absolute values, relative L1, and the expert if there are several. */
  const listSteps = () => {
    const cell = chosen === null ? undefined : data.cells[chosen];
    if (stepTable === null) return;
    stepTable.hidden = cell === undefined;
    if (cell === undefined || chosen === null) return;
    const experts = readValue(chosen, "expert", 0) !== null;
    const columns = [...data.step_columns.slice(0, 11), ...(experts ? (["expert"] as const) : [])];
    const head = columns.map((column) => `<th scope="col">${column}</th>`).join("");
    const series = chosen;
    const body = Array.from({ length: cell.rows }, (_, row) => {
      const values = columns.map((column) => `<td>${text(readValue(series, column, row))}</td>`);
      return `<tr>${values.join("")}</tr>`;
    });
    stepTable.innerHTML = `<h3>Steps of ${escaped(cell.label ?? cell.cell_id)}</h3><div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
  };

  const showTooltip = (series: number, row: number, event: Hover["event"]) => {
    const cell = data.cells[series];
    if (tooltip === null || cell === undefined) return;
    const values = data.step_columns
      .map((column) => [column, readValue(series, column, row)] as const)
      .filter(([, value]) => value !== null)
      .map(([column, value]) => `<dt>${column}</dt><dd>${text(value)}</dd>`);
    tooltip.innerHTML = `<b>${escaped(cell.label ?? "")}</b><dl>${values.join("")}</dl>`;
    tooltip.hidden = false;
    const right = event.clientX + 28 + tooltip.offsetWidth > innerWidth;
    const left = right ? event.clientX - 28 - tooltip.offsetWidth : event.clientX + 28;
    const top = Math.min(event.clientY - 20, innerHeight - tooltip.offsetHeight - 8);
    Object.assign(tooltip.style, { left: `${Math.max(left, 4)}px`, top: `${Math.max(top, 4)}px` });
  };

  for (const part of document.querySelectorAll("[data-series]")) {
    const series = Number(part.dataset.series);
    part.addEventListener("mouseenter", () => point(series));
    part.addEventListener("mouseleave", () => point(null));
    part.addEventListener("focusin", () => point(series));
    part.addEventListener("focusout", () => point(null));
  }
  for (const button of document.querySelectorAll("button[data-series]")) {
    button.addEventListener("click", () => choose(Number(button.dataset.series)));
  }
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && chosen !== null) choose(chosen);
  });
  for (const button of document.querySelectorAll("input[name=scale]")) {
    const type = button.dataset.scale;
    button.addEventListener("change", () => {
      for (const { at, plot } of ready) {
        const tickmode = type === "log" ? "array" : "auto";
        if (plot.measured) {
          Plotly.relayout(at, { "yaxis.type": type, "yaxis.tickmode": tickmode, "yaxis.autorange": true });
        }
      }
    });
  }

  const draw = ({ at, plot, traces }: (typeof drawn)[number]) => {
    traces.push(...groups.map((group) => traceOf(plot, group)));
    const lines = traces.map(({ x, y }, i) => {
      const style = styles[named ? (style_of[i] ?? 0) : i];
      return { ...(plot.marked ? style?.marked : style?.lines), x, y, hoverinfo: "none" };
    });
    Plotly.newPlot(at, lines, { ...base, ...plot.layout }, config);
    const found = (hover: Hover) => {
      const [first] = hover.points;
      if (first === undefined) return null;
      const segment = traces[first.curveNumber]?.segments.findLast(([, start]) => start <= first.pointIndex);
      if (segment === undefined) return null;
      const [series, start] = segment;
      return { series, row: rowsOf(plot, series)[first.pointIndex - start] ?? 0 };
    };
    at.on("plotly_hover", (hover) => {
      const here = found(hover);
      if (here === null) return;
      point(here.series);
      showTooltip(here.series, here.row, hover.event);
    });
    at.on("plotly_unhover", () => {
      if (tooltip !== null) tooltip.hidden = true;
      point(null);
    });
    at.on("plotly_click", (hover) => {
      const here = found(hover);
      if (here !== null) choose(here.series);
    });
  };
  /** Draws one plot at a time, so that the page stays responsive. */
  const drawFrom = (k: number) => {
    const plot = drawn[k];
    if (plot === undefined) {
      document.documentElement.dataset.drawn = "all";
      return;
    }
    draw(plot);
    ready.push(plot);
    setTimeout(() => drawFrom(k + 1));
  };
  drawFrom(0);
}
