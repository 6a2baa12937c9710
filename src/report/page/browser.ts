import type { Segment } from "../../figure/plotly.ts";
import type { ReportData } from "../data.ts";
import type { PagePlot } from "./plots.ts";

/*
 * What runs in the reader's browser. `inBrowser` is printed into the page as it stands, so it uses nothing but its own
 * body and the page's globals; the types below are the little of the DOM and of plotly that it touches.
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

interface Drawn {
  readonly x: (number | null)[];
  readonly y: (number | null)[];
  readonly meta: { readonly segments: Segment[] };
}

declare const document: {
  getElementById(id: string): PlotElement | null;
  querySelectorAll(selector: string): Iterable<Element>;
  addEventListener: Element["addEventListener"];
  readonly documentElement: Element;
};
declare function setTimeout(run: () => void): void;
declare const innerWidth: number;
declare const innerHeight: number;
declare const Plotly: {
  newPlot(at: Element, data: unknown[], layout: unknown, config: unknown): void;
  relayout(at: Element, change: unknown): void;
};

/** Draws the plots and joins them with the legend, the table and the clips: one cell is one thing everywhere. */
export function inBrowser(): void {
  const read = (id: string) => JSON.parse(document.getElementById(id)?.textContent ?? "null");
  const data: ReportData = read("l1probe-data");
  const plots: PagePlot[] = read("l1probe-plots");
  const tooltip = document.getElementById("tooltip");
  const stepTable = document.getElementById("steps");

  const readValue = (series: number, column: (typeof data.columns)[number], row: number) => {
    const cell = data.cells[series];
    return cell?.columns[column]?.[row] ?? cell?.constant[column] ?? null;
  };
  const text = (value: unknown) => {
    if (typeof value === "number") return String(Number(value.toPrecision(5)));
    return value === null || value === undefined ? "–" : String(value);
  };
  const escaped = (value: string) => value.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

  const font = { family: "system-ui, sans-serif", size: 12, color: "#333333" };
  const base = { font, height: 270, margin: { l: 58, r: 20, t: 10, b: 44 }, showlegend: false, hovermode: "closest" };
  const config = { responsive: true, displaylogo: false, displayModeBar: false };
  const drawn = plots.flatMap(({ key, data: given, layout, measured }) => {
    const at = document.getElementById(`plot-${key}`);
    return at === null ? [] : [{ at, traces: given as Drawn[], layout, measured }];
  });
  const ready: typeof drawn = [];

  /** A series' line in a plot, as an SVG path in the plot's own coordinates. */
  const lineOf = (traces: Drawn[], series: number) => {
    for (const { x, y, meta } of traces) {
      const k = meta.segments.findIndex((segment) => segment[0] === series);
      const start = meta.segments[k]?.[1];
      if (start === undefined) continue;
      // Between two segments lies the null that lifts the pen.
      const end = (meta.segments[k + 1]?.[1] ?? x.length + 1) - 1;
      let path = "";
      let pen = "M";
      for (let i = start; i < end; i += 1) {
        if (y[i] === null) pen = "M";
        else {
          path += `${pen}${x[i]},${y[i]}`;
          pen = "L";
        }
      }
      return path;
    }
    return "";
  };

  let chosen: number | null = null;
  let pointed: number | null = null;
  let shown: number | null = null;
  const show = () => {
    const series = pointed ?? chosen;
    if (series === shown) return;
    shown = series;
    const color = (series === null ? null : data.cells[series]?.color) ?? "#000000";
    for (const { at, traces } of ready) {
      // A shape is drawn without touching the traces, so this stays quick with a thousand cells.
      const path = series === null ? "" : lineOf(traces, series);
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

  /** The steps of the chosen cell: the article's six columns, the relative L1, and the expert where there are several. */
  const listSteps = () => {
    const cell = chosen === null ? undefined : data.cells[chosen];
    if (stepTable === null) return;
    stepTable.hidden = cell === undefined;
    if (cell === undefined || chosen === null) return;
    const experts = cell.columns.expert !== undefined || (cell.constant.expert ?? null) !== null;
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
      for (const { at, measured } of ready) {
        const tickmode = type === "log" ? "array" : "auto";
        if (measured) {
          Plotly.relayout(at, { "yaxis.type": type, "yaxis.tickmode": tickmode, "yaxis.autorange": true });
        }
      }
    });
  }

  const draw = ({ at, traces, layout }: (typeof drawn)[number]) => {
    const quiet = traces.map((trace) => ({ ...trace, hoverinfo: "none" }));
    Plotly.newPlot(at, quiet, { ...base, ...layout }, config);
    const found = (hover: Hover) => {
      const [first] = hover.points;
      if (first === undefined) return null;
      const segment = traces[first.curveNumber]?.meta.segments.findLast(([, start]) => start <= first.pointIndex);
      if (segment === undefined) return null;
      const [series, start, rows] = segment;
      const at = first.pointIndex - start;
      return { series, row: typeof rows === "number" ? rows + at : (rows[at] ?? 0) };
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
  /** One plot after the other, so that the reader can already scroll. */
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
