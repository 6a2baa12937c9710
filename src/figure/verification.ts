import { mean } from "../analysis/random.ts";
import type { AtSteps } from "../analysis/verification.ts";
import type { AxisOfPanel, Figure, Series } from "./figure.ts";
import { type PanelCurve, panel, valueAxis } from "./panel.ts";
import { categoricalColor, categoricalColors, dashOf, markerOf } from "./style.ts";

/**
 * The mean error over N of a candidate and of every named schedule, and the paired difference to the best named one with
 * its interval.
 *
 * @param caption what ran
 */
export function verificationFigure(spec: string, results: readonly AtSteps[], caption: string): Figure {
  const rivals = [...new Set(results.flatMap(({ rivals: at }) => at.map((rival) => rival.spec)))];
  const counts = results.map(({ steps }) => steps);
  const x: AxisOfPanel = {
    quantity: "steps",
    label: "N",
    unit: null,
    scale: "linear",
    domain: [0, Math.max(...counts) * 1.05],
  };
  const errors = [
    results.map(({ candidate }) => mean(candidate.errors)),
    ...rivals.map((rival) =>
      results.map(({ rivals: at }) => {
        const found = at.find((one) => one.spec === rival);
        return found === undefined ? null : mean(found.errors);
      }),
    ),
  ];
  const bars = results.map(({ best }) => best.difference);
  const extremes = bars.flatMap(({ mean: value, half }) => [value - half, value + half, 0]).filter(Number.isFinite);
  const [low, high] = [Math.min(...extremes), Math.max(...extremes)];
  const room = (high - low || 1) * 0.08;
  const difference: AxisOfPanel = {
    quantity: "difference",
    label: "error minus best named",
    unit: null,
    scale: "linear",
    domain: [low - room, high + room],
  };
  const across = (values: readonly (number | null)[]): PanelCurve => [counts, values];
  const intervals: PanelCurve = [
    counts.flatMap((n) => [n, n, n]),
    bars.flatMap(({ mean: value, half }) => [value - half, value + half, null]),
  ];
  return {
    title: `${spec} on held-out pairs`,
    rows: [
      {
        key: "error",
        title:
          "Error of the final latents against the dense reference, and the paired difference with its 95 % interval",
        panels: [
          panel("error", x, valueAxis("error", "relative L2", null, errors), errors.map(across)),
          panel("difference", x, difference, [
            across(bars.map(({ mean: value }) => value)),
            ...rivals.map((): PanelCurve => [[], []]),
            intervals,
            [x.domain, [0, 0]],
          ]),
        ],
      },
    ],
    series: [
      { id: "candidate", label: spec, style: { color: "#000000", marker: "circle", dash: "solid" } },
      ...rivals.map((rival, i): Series => {
        const turn = Math.floor(i / (categoricalColors - 1));
        const style = {
          color: categoricalColor(i % (categoricalColors - 1)),
          marker: markerOf(i + 1),
          dash: dashOf(1 + turn),
        };
        return { id: rival, label: rival, style };
      }),
      { id: "interval", label: "95 % interval", style: { color: "#8a8a8a", marker: "circle", dash: "solid" } },
      { id: "zero", label: "no difference", style: { color: "#cc3311", marker: "circle", dash: "dotted" } },
    ],
    legend: { kind: "series" },
    notes: [],
    caption,
  };
}
