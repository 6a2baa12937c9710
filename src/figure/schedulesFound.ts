import { parseSchedule } from "../schedule/index.ts";
import type { AxisOfPanel, Figure, PanelRow, Series, Style } from "./figure.ts";
import { fractionAxis, type PanelCurve, panel, valueAxis } from "./panel.ts";
import { categoricalColor, markerOf } from "./style.ts";

/** What a measurement found, as the figure draws it. */
export interface DrawnMeasurement {
  /** K + 1 sigmas. */
  readonly edges: readonly number[];
  /** F of each window, with its interval or null. */
  readonly changes: readonly { readonly value: number; readonly interval: readonly [number, number] | null }[];
  readonly amplification: readonly number[] | null;
}

const cleared: AxisOfPanel = {
  quantity: "cleared",
  label: "1 − σ",
  unit: null,
  scale: "linear",
  domain: [0, 1],
};

const foundStyle: Style = { color: "#000000", marker: "circle", dash: "solid" };

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
  const series: Series[] = [
    { id: "found", label: `found, ${steps} steps`, style: foundStyle },
    ...rivals.map((spec, i): Series => {
      const style: Style = { color: categoricalColor(i), marker: markerOf(i + 1), dash: "dashed" };
      return { id: spec, label: spec, style };
    }),
    { id: "interval", label: "95 % interval", style: { color: "#8a8a8a", marker: "circle", dash: "dotted" } },
  ];
  const places = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const curve = (sigmas: readonly number[]): PanelCurve => [places, [...sigmas, 0].map((sigma) => 1 - sigma)];
  const all = [found, ...rivals.map((spec) => parseSchedule(spec).sigmas(steps))];
  const rows: PanelRow[] = [
    ...(measured === null ? [] : [measurementRow(measured, rivals.length)]),
    {
      key: "schedule",
      title: `The schedule of ${steps} steps beside named ones`,
      panels: [
        panel("schedule", fractionAxis, cleared, all.map(curve)),
        panel(
          "step-size",
          cleared,
          valueAxis("delta_sigma", "Δσ of the step", null, all.map(sizes)),
          all.map((sigmas): PanelCurve => [sigmas.map((sigma) => 1 - sigma), sizes(sigmas)]),
        ),
      ],
    },
  ];
  const drawn = measured?.changes.some(({ interval }) => interval !== null) === true;
  return {
    title,
    rows,
    series: drawn ? series : series.slice(0, -1),
    legend: { kind: "series" },
    notes: [],
    caption,
  };
}

function sizes(sigmas: readonly number[]): number[] {
  return sigmas.map((sigma, i) => sigma - (sigmas[i + 1] ?? 0));
}

function measurementRow({ edges, changes, amplification }: DrawnMeasurement, rivals: number): PanelRow {
  const middles = changes.map((_, k) => 1 - ((edges[k] ?? 0) + (edges[k + 1] ?? 0)) / 2);
  const none: PanelCurve[] = Array.from({ length: rivals }, (): PanelCurve => [[], []]);
  const bounds = changes.flatMap(({ interval }) => (interval === null ? [] : [interval]));
  // One series for both ends of the intervals: each window's bar, broken from the next.
  const bars: PanelCurve = [
    middles.flatMap((at) => [at, at, at]),
    changes.flatMap(({ interval }) => (interval === null ? [null, null, null] : [...interval, null])),
  ];
  const values = changes.map(({ value }) => value);
  const change = valueAxis("change", "F of the window", null, [values, bounds.flat()]);
  const panels = [
    panel("change", cleared, change, [[middles, values], ...none, ...(bounds.length === 0 ? [] : [bars])]),
    ...(amplification === null
      ? []
      : [
          panel("amplification", cleared, valueAxis("amplification", "amplification", null, [amplification]), [
            [middles, amplification],
          ]),
        ]),
  ];
  return {
    key: "measured",
    title: "Change of the final latents without a window, and the amplification of its error",
    panels,
  };
}
