import type { Factor } from "../analysis/factor.ts";
import type { ColorBar, Legend, LegendKey } from "./figure.ts";
import { dashOf, type Encoding, levelColor, markerOf, rampStops } from "./style.ts";

/** The most series that a legend names one by one. */
const mostSeries = 12;
/** The same if they differ only in one unordered factor, such as the model: repeating colours would mean nothing. */
const mostNames = 24;
/** The most levels of an ordered factor that are listed; more become a colour bar. */
const mostKeys = 8;
const barTicks = 5;

/** One legend for all panels: every series by name if there are few, otherwise what colour, marker and dash mean. */
export function legendOf(encoding: Encoding, series: number): Legend {
  const { color, marker, dash } = encoding;
  const named = color?.ordered === false && marker === null && dash === null;
  if (series <= (named ? mostNames : mostSeries)) return { kind: "series" };
  const bar = color?.ordered === true && color.levels.length > mostKeys ? colorBar(color) : null;
  const groups = [
    ...(color === null || bar !== null ? [] : [group(color, (i) => ({ color: levelColor(color, i) }))]),
    ...(marker === null
      ? []
      : [group(marker, (i) => ({ marker: markerOf(i), ...(dash === marker ? { dash: dashOf(i) } : {}) }))]),
    ...(dash === null || dash === marker ? [] : [group(dash, (i) => ({ dash: dashOf(i) }))]),
  ];
  return { kind: "factors", bar, groups };
}

/** `steps`, or `height, width` if they vary together; `model` for the model's factor. */
export function factorName({ axes }: Factor): string {
  return axes.includes("model") ? "model" : axes.join(", ");
}

function group(factor: Factor, styleOf: (level: number) => LegendKey["style"]) {
  const keys = factor.levels.slice(0, mostKeys).map((level, i) => ({ label: level.text, style: styleOf(i) }));
  const more = factor.levels.length - keys.length;
  return {
    label: factorName(factor),
    keys: more > 0 ? [...keys, { label: `and ${more} more`, style: {} }] : keys,
  };
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
