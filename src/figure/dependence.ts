import type { Dependence, MetricDependence, ScheduleCurve } from "../analysis/dependence.ts";
import { elapsedAxis, fractionAxis, valueAxis } from "./axis.ts";
import { categoricalColor, categoricalColors, rampPlace, sequentialColor } from "./color.ts";
import type { Figure, PanelRow, Series } from "./figure.ts";
import { type Line, line, lineFigure, linePanel, linesOf } from "./lines.ts";
import { dashOf, markerOf } from "./style.ts";

/** More curves than this are coloured along a ramp and not named. */
const mostNamed = 14;

/**
 * The collapse: the L1 of every step by its place in the run, and the same divided by Δσ by its sigma, with the density
 * that was fitted to all. If one density explains them, the curves of the right panel lie on its black line.
 *
 * @param caption what ran
 */
export function dependenceFigure({ name, metrics }: Dependence, caption: string): Figure {
  const [{ curves } = { curves: [] as readonly ScheduleCurve[] }] = metrics;
  const density = line("density", "ρ(σ), fitted to all", { color: "#000000", marker: "circle", dash: "solid" });
  const series = [...curves.map((curve, i) => seriesOf(curve, i, curves.length)), density];
  const figure = lineFigure(
    `${name}: does L1 collapse on one density of σ?`,
    metrics.map(collapseRow),
    series,
    caption,
  );
  if (curves.length <= mostNamed) return figure;
  const key = { label: density.label, style: density.style, series: [curves.length] };
  return { ...figure, legend: { kind: "factors", bar: null, groups: [{ label: "", keys: [key] }] } };
}

function seriesOf({ schedule, steps, setting }: ScheduleCurve, i: number, count: number): Series {
  const named = count <= mostNamed;
  // Black is the density's.
  const color = named ? categoricalColor(i % (categoricalColors - 1)) : sequentialColor(rampPlace(i, count));
  const label = [`${schedule}, ${steps} steps`, setting].filter((part) => part !== "").join(", ");
  return line(`${i}`, label, { color, marker: markerOf(i), dash: named ? dashOf(i) : "solid" });
}

function collapseRow({ metric, curves, density, r2 }: MetricDependence): PanelRow {
  const along = Array.from({ length: 200 }, (_, k) => 5 + (990 * k) / 199);
  const before = curves.map(
    ({ points, steps }, i): Line => [i, points.map((_, k) => (k + 1) / steps), points.map(({ l1 }) => l1)],
  );
  const after: Line[] = [
    ...curves.map(
      ({ points }, i): Line => [
        i,
        points.map(({ low, high }) => 1000 * (1 - (low + high) / 2)),
        points.map(({ l1, low, high }) => l1 / (high - low)),
      ],
    ),
    [curves.length, along, along.map((elapsed) => density.at(1 - elapsed / 1000))],
  ];
  const collapse = linePanel(
    `${metric}-collapse`,
    elapsedAxis,
    valueAxis(`${metric}_change_per_sigma`, `${metric} L1 / Δσ`, null, linesOf(after)),
    after,
  );
  return {
    key: `${metric}-collapse`,
    title: `${metric}: ${(100 * (r2.leftOut ?? r2.density)).toFixed(1)} % of the variance of ln L1 explained by one density`,
    panels: [
      linePanel(
        `${metric}-l1`,
        fractionAxis,
        valueAxis(`${metric}_rel_l1`, `${metric} relative L1`, null, linesOf(before)),
        before,
      ),
      collapse,
    ],
  };
}
