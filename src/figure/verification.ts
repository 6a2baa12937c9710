import { mean } from "../analysis/random.ts";
import type { AtSteps } from "../analysis/verification.ts";
import { valueAxis } from "./axis.ts";
import { categoricalColor, categoricalColors } from "./color.ts";
import type { AxisOfPanel, Figure } from "./figure.ts";
import { type Line, line, lineFigure, linePanel, linesOf } from "./lines.ts";
import { dashOf, markerOf } from "./style.ts";

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
  const errors: Line[] = [
    [0, counts, results.map(({ candidate }) => mean(candidate.errors))],
    ...rivals.map((rival, i): Line => {
      const at = results.map((one) => one.rivals.find((of) => of.spec === rival));
      return [i + 1, counts, at.map((found) => (found === undefined ? null : mean(found.errors)))];
    }),
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
  // One series for all intervals, broken between them.
  const intervals: Line = [
    rivals.length + 1,
    counts.flatMap((n) => [n, n, n]),
    bars.flatMap(({ mean: value, half }) => [value - half, value + half, null]),
  ];
  const series = [
    line("candidate", spec, { color: "#000000", marker: "circle", dash: "solid" }),
    ...rivals.map((rival, i) => {
      // Black is the candidate's.
      const color = categoricalColor(i % (categoricalColors - 1));
      return line(rival, rival, { color, marker: markerOf(i + 1), dash: dashOf(1 + i) });
    }),
    line("interval", "95 % interval", { color: "#8a8a8a", marker: "cross", dash: "solid" }),
    line("zero", "no difference", { color: "#cc3311", marker: "circle", dash: "dotted" }),
  ];
  const row = {
    key: "error",
    title: "Error of the final latents, and the paired difference to the best named schedule",
    panels: [
      linePanel("error", x, valueAxis("error", "relative L2", null, linesOf(errors)), errors),
      linePanel("difference", x, difference, [
        [0, counts, bars.map(({ mean: value }) => value)],
        intervals,
        [rivals.length + 2, x.domain, [0, 0]],
      ]),
    ],
  };
  return lineFigure(`${spec} on held-out pairs`, [row], series, caption);
}
