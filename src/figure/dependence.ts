import type { Dependence, MetricDependence, ScheduleCurve } from "../analysis/dependence.ts";
import type { AxisOfPanel, Figure, Legend, PanelRow, Series } from "./figure.ts";
import { elapsedAxis, fractionAxis, panel, valueAxis } from "./panel.ts";
import { categoricalColor, categoricalColors, dashOf, markerOf, rampPlace, sequentialColor } from "./style.ts";

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
  const legend: Legend =
    curves.length <= mostNamed ? { kind: "series" } : { kind: "factors", bar: null, groups: densityKey };
  return {
    title: `${name}: does L1 collapse on one density of σ?`,
    rows: metrics.map(collapseRow),
    series: [...curves.map((curve, i) => seriesOf(curve, i, curves.length)), densitySeries],
    legend,
    notes: [],
    caption,
  };
}

const densityStyle = { color: "#000000", marker: "circle", dash: "solid" } as const;
const densitySeries: Series = { id: "density", label: "ρ(σ)", style: densityStyle };
const densityKey = [{ label: "", keys: [{ label: "ρ(σ), fitted to all curves", style: densityStyle }] }];

function seriesOf({ schedule, steps, setting }: ScheduleCurve, i: number, count: number): Series {
  const turn = Math.floor(i / (categoricalColors - 1));
  const color =
    count <= mostNamed ? categoricalColor(i % (categoricalColors - 1)) : sequentialColor(rampPlace(i, count));
  return {
    id: `${i}`,
    label: [`${schedule}, ${steps} steps`, setting].filter((part) => part !== "").join(", "),
    style: { color, marker: markerOf(i), dash: count <= mostNamed ? dashOf(turn + 1) : "solid" },
  };
}

function collapseRow({ metric, curves, density, r2 }: MetricDependence): PanelRow {
  const per = curves.map(({ points }) => points.map(({ l1, low, high }) => l1 / (high - low)));
  const along = Array.from({ length: 200 }, (_, k) => 5 + (990 * k) / 199);
  const line = along.map((elapsed) => density.at(1 - elapsed / 1000));
  const l1 = curves.map(({ points }) => points.map((point) => point.l1));
  const before = valueAxis(`${metric}_rel_l1`, `${metric} relative L1`, null, l1);
  const after: AxisOfPanel = valueAxis(`${metric}_change_per_sigma`, `${metric} L1 / Δσ`, null, [...per, line]);
  return {
    key: `${metric}-collapse`,
    title: `${metric}: ${(100 * (r2.leftOut ?? r2.density)).toFixed(1)} % of the variance of ln L1 explained by one density`,
    panels: [
      panel(
        `${metric}-l1`,
        fractionAxis,
        before,
        curves.map(({ points, steps }, i) => [points.map((_, k) => (k + 1) / steps), l1[i] ?? []] as const),
      ),
      panel(`${metric}-collapse`, elapsedAxis, after, [
        ...curves.map(
          ({ points }, i) => [points.map(({ low, high }) => 1000 * (1 - (low + high) / 2)), per[i] ?? []] as const,
        ),
        [along, line],
      ]),
    ],
  };
}
