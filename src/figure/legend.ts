import type { Factor } from "../analysis/factor.ts";
import { rampStops } from "./color.ts";
import type { ColorBar, Legend, LegendKey, Series } from "./figure.ts";
import { dashOf, type Encoding, isRamp, levelColor, markerOf } from "./style.ts";

/** The most series that a legend names one by one. */
const mostSeries = 12;
const barTicks = 5;

/** One legend for all panels: every series by name if there are few, otherwise what colour, marker and dash mean. */
export function legendOf(encoding: Encoding, series: readonly Series[]): Legend {
  const { color, marker, facets } = encoding;
  if (facets.length === 0 && series.length <= mostSeries) return { kind: "series" };
  const bar = color !== null && isRamp(color) ? colorBar(color) : null;
  const [first, second] = marker;
  const ofColor = (level: number): LegendKey["style"] =>
    color === null
      ? {}
      : {
          color: levelColor(color, level),
          ...(color.ordered ? {} : { dash: dashOf(level) }),
          ...(marker.length === 0 ? { marker: markerOf(level) } : {}),
        };
  const ofMarker = (level: number): LegendKey["style"] => ({
    marker: markerOf(level),
    ...(color?.ordered === true ? { dash: dashOf(level) } : {}),
  });
  const groups = [
    ...(color === null || bar !== null ? [] : [group(color, series, ofColor)]),
    ...(first !== undefined && second === undefined ? [group(first, series, ofMarker)] : []),
    ...(first !== undefined && second !== undefined ? [pairs(first, second, series, ofMarker)] : []),
  ];
  return { kind: "factors", bar, groups };
}

/** `steps`, or `height, width` if they vary together; `model` for the model's factor. */
export function factorName({ axes }: Factor): string {
  return (axes.includes("model") ? "model" : axes.join(", ")).replaceAll("_", " ");
}

type StyleOf = (level: number) => LegendKey["style"];

function group(factor: Factor, series: readonly Series[], styleOf: StyleOf) {
  const keys = factor.levels.map(({ text, cells }, i) => key(text, styleOf(i), series, (id) => cells.includes(id)));
  return { label: factorName(factor), keys };
}

/** The combinations of two factors that share the markers. */
function pairs(first: Factor, second: Factor, series: readonly Series[], styleOf: StyleOf) {
  const keys = second.levels.flatMap((below, j) =>
    first.levels.map((level, i) =>
      key(
        `${level.text}, ${below.text}`,
        styleOf(i + first.levels.length * j),
        series,
        (id) => level.cells.includes(id) && below.cells.includes(id),
      ),
    ),
  );
  return { label: `${factorName(first)}, ${factorName(second)}`, keys };
}

function key(
  label: string,
  style: LegendKey["style"],
  series: readonly Series[],
  has: (id: string) => boolean,
): LegendKey {
  return { label, style, series: series.flatMap(({ id }, i) => (has(id) ? [i] : [])) };
}

function colorBar(factor: Factor): ColorBar {
  const { levels } = factor;
  const ticked = Array.from({ length: barTicks }, (_, i) => Math.round((i * (levels.length - 1)) / (barTicks - 1)));
  return {
    label: factorName(factor),
    stops: rampStops(),
    ticks: [...new Set(ticked)].map((i) => ({ at: i / (levels.length - 1), text: levels[i]?.text ?? "" })),
  };
}
