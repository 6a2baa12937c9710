import { describe, expect, test } from "vitest";
import { curvesFigure } from "../../src/figure/curves.ts";
import type { Figure, PanelRow, Trace } from "../../src/figure/figure.ts";
import { nodeplotlibPlots, type PlotlyTrace, plotlyAxis, plotlyTraces } from "../../src/figure/plotly.ts";
import { syntheticCell, syntheticRecord } from "../analysis/synthetic.ts";

const small = curvesFigure(syntheticRecord());
const manyCells = Array.from({ length: 60 }, (_, i) =>
  syntheticCell({ steps: 2 + (i % 20), guidance_scale: Math.floor(i / 20) }),
);
const many = curvesFigure(syntheticRecord(manyCells, ["steps", "guidance_scale"]));

/** A row of panels in which every second point is left out. */
function thinned(row: PanelRow): PanelRow {
  const every = <T>(values: readonly T[]) => values.filter((_, i) => i % 2 === 0);
  const trace = ({ series, x, y, rows }: Trace): Trace => ({
    series,
    x: every(x),
    y: every(y),
    rows: every(rows),
    band: null,
    nonFinite: null,
  });
  return { ...row, panels: row.panels.map((panel) => ({ ...panel, traces: panel.traces.map(trace) })) };
}

function panels(figure: Figure) {
  return figure.rows.flatMap((row) => row.panels.map((panel) => ({ panel, traces: plotlyTraces(panel, figure) })));
}

/** Decimals that give six significant digits of a value. */
const significant = (value: number) => 5 - Math.floor(Math.log10(Math.abs(value)));

/** The points of each series, read back from its segments. */
function bySeries(traces: readonly PlotlyTrace[]) {
  const found = new Map<number, { x: unknown[]; y: unknown[] }>();
  for (const { x, y, meta } of traces) {
    for (const [k, [series, start]] of meta.segments.entries()) {
      const next = meta.segments[k + 1]?.[1];
      const end = next === undefined ? x.length : next - 1;
      found.set(series, { x: x.slice(start, end), y: y.slice(start, end) });
    }
  }
  return found;
}

describe.each([
  ["named series", small],
  ["merged series", many],
  ["series that leave out rows", { ...small, rows: small.rows.map(thinned) }],
])("plotly traces of %s", (_, figure) => {
  test("hold every point of every series, and say whose it is", () => {
    for (const { panel, traces } of panels(figure)) {
      const found = bySeries(traces);
      expect(found.size).toBe(figure.series.length);
      for (const trace of panel.traces) {
        const near = (values: readonly (number | null)[]) => values.map((v) => v && expect.closeTo(v, significant(v)));
        expect(found.get(trace.series)).toEqual({ x: near(trace.x), y: near(trace.y) });
      }
    }
  });
});

test("few series get a trace and a name each; many share traces by style", () => {
  for (const { traces } of panels(small)) {
    expect(traces.map(({ name }) => name)).toEqual(small.series.map(({ label }) => label));
  }
  const styles = new Set(many.series.map(({ style }) => JSON.stringify(style))).size;
  for (const { traces } of panels(many)) expect(traces).toHaveLength(styles);
});

test("merged lines lift the pen between series", () => {
  for (const { x, y, meta } of panels(many).flatMap(({ traces }) => traces)) {
    for (const [, start] of meta.segments.slice(1)) expect([x[start - 1], y[start - 1]]).toEqual([null, null]);
  }
});

test("numbers in the page are written short", () => {
  for (const { x, y } of panels(small).flatMap(({ traces }) => traces)) {
    for (const value of [...x, ...y]) expect(String(value).replace(/^-?0?\.?0*/, "").length).toBeLessThanOrEqual(7);
  }
});

test("a logarithmic axis has its range in decades, as plotly wants it", () => {
  const axis = plotlyAxis({ quantity: "cond_rel_l1", label: "L1", unit: null, scale: "log", domain: [0.01, 10] });
  expect(axis.range).toEqual([-2, 1]);
  expect(axis.type).toBe("log");
});

describe("nodeplotlib's plot", () => {
  const [plot] = nodeplotlibPlots(small);
  const layout = plot?.layout ?? {};

  test("is one, with all panels in a grid and one legend", () => {
    expect(nodeplotlibPlots(small)).toHaveLength(1);
    expect(new Set(plot?.data.map(({ xaxis }) => xaxis)).size).toBe(7);
    expect(plot?.data.filter(({ showlegend }) => showlegend)).toHaveLength(small.series.length);
    expect(Object.keys(layout)).toEqual(expect.arrayContaining(["xaxis", "xaxis7", "yaxis", "yaxis7"]));
  });

  test("keeps its panels apart and on the page", () => {
    const domain = (name: string) => (layout[name] as { domain: [number, number] }).domain;
    for (let i = 0; i < 7; i += 1) {
      const [id, next] = [i, i + 1].map((k) => (k === 0 ? "" : String(k + 1)));
      for (const axis of [`xaxis${id}`, `yaxis${id}`]) {
        const [from, to] = domain(axis);
        expect(from).toBeGreaterThanOrEqual(-1e-9);
        expect(to).toBeLessThanOrEqual(1 + 1e-9);
        expect(to).toBeGreaterThan(from);
      }
      if (i % 2 === 0 && i < 6) expect(domain(`xaxis${next}`)[0]).toBeGreaterThan(domain(`xaxis${id}`)[1]);
      if (i < 4) expect(domain(`yaxis${i + 3}`)[1]).toBeLessThan(domain(`yaxis${id}`)[0]);
    }
  });

  test("carries titles as objects, which plotly 1.58 and later read, and the caption", () => {
    expect(layout.title).toMatchObject({ text: "synthetic quickstart" });
    expect(JSON.stringify(layout)).toContain("bundled weights");
    for (const { title } of small.rows) expect(JSON.stringify(layout)).toContain(title);
  });
});
