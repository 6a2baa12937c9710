import { parseSchedule, stepSizes } from "../schedule/index.ts";
import { fractionAxis, valueAxis } from "./axis.ts";
import { categoricalColor } from "./color.ts";
import type { Figure, PanelRow, Style } from "./figure.ts";
import { clearedAxis, type Line, line, lineFigure, linePanel, linesOf } from "./lines.ts";
import { markerOf } from "./style.ts";

/** What a measurement found, as the figure draws it. */
export interface DrawnMeasurement {
  /** K + 1 sigmas. */
  readonly edges: readonly number[];
  /** F of each window, with its interval or null. */
  readonly changes: readonly { readonly value: number; readonly interval: readonly [number, number] | null }[];
  readonly amplification: readonly number[] | null;
}

const foundStyle: Style = { color: "#000000", marker: "circle", dash: "solid" };
const intervalStyle: Style = { color: "#8a8a8a", marker: "cross", dash: "solid" };

/**
 * The change of each window and the amplification over 1 − σ, and below them the found schedule of N steps beside named
 * ones.
 *
 * @param found N sigmas
 * @param rivals specs of named schedules
 * @param measured null if nothing was measured
 * @param caption what ran
 */
export function schedulesFoundFigure(
  title: string,
  found: readonly number[],
  rivals: readonly string[],
  measured: DrawnMeasurement | null,
  caption: string,
): Figure {
  const steps = found.length;
  const places = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const all = [found, ...rivals.map((spec) => parseSchedule(spec).sigmas(steps))];
  const sizes = all.map((sigmas, i): Line => [i, sigmas.map((sigma) => 1 - sigma), stepSizes(sigmas)]);
  const hasIntervals = measured?.changes.some(({ interval }) => interval !== null) === true;
  const rows: PanelRow[] = [
    ...(measured === null ? [] : [measurementRow(measured, hasIntervals ? all.length : null)]),
    {
      key: "schedule",
      title: `The schedule of ${steps} steps beside named ones`,
      panels: [
        linePanel(
          "schedule",
          fractionAxis,
          clearedAxis,
          all.map((sigmas, i) => [i, places, [...sigmas, 0].map((sigma) => 1 - sigma)]),
        ),
        linePanel("step-size", clearedAxis, valueAxis("delta_sigma", "Δσ of the step", null, linesOf(sizes)), sizes),
      ],
    },
  ];
  const series = [
    line("found", `found, ${steps} steps`, foundStyle),
    ...rivals.map((spec, i) =>
      line(spec, spec, { color: categoricalColor(i), marker: markerOf(i + 1), dash: "dashed" }),
    ),
    ...(hasIntervals ? [line("interval", "95 % interval", intervalStyle)] : []),
  ];
  return lineFigure(title, rows, series, caption);
}

/** @param intervals the place of the intervals' series, or null if there are none */
function measurementRow({ edges, changes, amplification }: DrawnMeasurement, intervals: number | null): PanelRow {
  const middles = changes.map((_, k) => 1 - ((edges[k] ?? 0) + (edges[k + 1] ?? 0)) / 2);
  const values = changes.map(({ value }) => value);
  // One series for all bars, broken between windows.
  const bars: Line[] =
    intervals === null
      ? []
      : [
          [
            intervals,
            middles.flatMap((at) => [at, at, at]),
            changes.flatMap(({ interval }) => (interval === null ? [null, null, null] : [...interval, null])),
          ],
        ];
  const moved: Line[] = [[0, middles, values], ...bars];
  const left: Line[] = amplification === null ? [] : [[0, middles, amplification]];
  const change = valueAxis("change", "F of the window", null, linesOf(moved));
  const amplified = valueAxis("amplification", "amplification", null, linesOf(left));
  return {
    key: "measured",
    title: "Change of the final latents without a window, and the amplification of its error",
    panels: [
      linePanel("change", clearedAxis, change, moved),
      ...(left.length === 0 ? [] : [linePanel("amplification", clearedAxis, amplified, left)]),
    ],
  };
}
