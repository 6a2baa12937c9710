import { type Factor, factors } from "../analysis/factor.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import type { ColorBar, Facet, Legend, LegendKey, Series } from "./figure.ts";
import { groupCells, grouping, groupText } from "./groups.ts";
import { labelsOn, varyingAxes } from "./label.ts";
import { dashOf, type Encoding, encode, isRamp, levelColor, markerOf, rampStops, styles } from "./style.ts";

/** The cells that have curves and the series that show them, the same in every figure of a record. */
export interface DrawnCells {
  readonly cells: readonly CellRecord[];
  readonly series: readonly Series[];
  readonly legend: Legend;
  readonly facets: readonly Facet[];
  /** How cells are summarised; null if each has a curve of its own. */
  readonly groupText: string | null;
}

/** How a reader wants curves to be drawn. */
export interface DrawOptions {
  /** Axes to summarise by median and band; null for seeds and prompts with more than four values. */
  readonly group: readonly string[] | null;
  /** A cell's id or a schedule from whose curves the differences are drawn; null for the curves themselves. */
  readonly against: string | null;
}

export const automatic: DrawOptions = { group: null, against: null };

const known = new WeakMap<SweepRecord, Map<string, DrawnCells>>();

/** The drawn cells of a record; computed once per record and options. */
export function drawnCells(record: SweepRecord, { group }: DrawOptions = automatic): DrawnCells {
  const of = known.get(record) ?? new Map<string, DrawnCells>();
  known.set(record, of);
  const key = JSON.stringify(group);
  const drawn = of.get(key) ?? drawCells(record, group);
  of.set(key, drawn);
  return drawn;
}

/**
 * Styles and labels depend on all cells of the sweep, so that a curve keeps its colour when a missing cell is run later.
 */
function drawCells(record: SweepRecord, group: DrawOptions["group"]): DrawnCells {
  const { cells: all, axes: named } = record.manifest;
  const { axes: grouped, factors: shown } = grouping(factors(all, named), group);
  const encoding = encode(shown);
  const style = styles(encoding);
  const cells = record.cells.filter((cell) => cell.status === "finished" && cell.steps.length > 0);
  const groups = groupCells(cells, grouped);
  const varying = varyingAxes(all, named).filter((axis) => !grouped.includes(axis));
  const text = labelsOn(all, varying.length > 0 ? varying : ["steps", "schedule"]);
  const labelOf = new Map(all.map(({ cellId }, i) => [cellId, text[i] ?? cellId]));
  const series = groups.flatMap((members): Series[] => {
    const first = cells[members[0] ?? -1];
    if (first === undefined) return [];
    const { cellId } = first;
    return [{ id: cellId, label: labelOf.get(cellId) ?? cellId, style: style(cellId), cells: members }];
  });
  return {
    cells,
    series,
    legend: legendOf(encoding, series),
    facets: facetsOf(encoding, series),
    groupText: groupText(cells, groups, grouped),
  };
}

/** One facet per combination of values that no colour or marker shows, in the order of the factors' levels. */
function facetsOf({ facets }: Encoding, series: readonly Series[]): Facet[] {
  if (facets.length === 0) return [];
  const place = new Map<string, { readonly key: number; readonly title: string }>();
  for (const { id } of series) {
    let key = 0;
    const titles = facets.map((factor) => {
      const level = factor.levels.findIndex(({ cells }) => cells.includes(id));
      key = key * factor.levels.length + level;
      return titleOf(factor, level);
    });
    place.set(id, { key, title: titles.join(", ") });
  }
  const byKey = new Map<number, { title: string; series: number[] }>();
  for (const [i, { id }] of series.entries()) {
    const { key, title } = place.get(id) ?? { key: 0, title: "" };
    const facet = byKey.get(key) ?? { title, series: [] };
    byKey.set(key, facet);
    facet.series.push(i);
  }
  return [...byKey].sort(([a], [b]) => a - b).map(([, facet]) => facet);
}

function titleOf(factor: Factor, level: number): string {
  const text = factor.levels[level]?.text ?? "";
  return factor.ordered && !factor.axes.includes("schedule") ? `${factorName(factor)} ${text}` : text;
}

/** The most series that a legend names one by one. */
const mostSeries = 12;
const barTicks = 5;

/** One legend for all panels: every series by name if there are few, otherwise what colour, marker and dash mean. */
function legendOf(encoding: Encoding, series: readonly Series[]): Legend {
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
function factorName({ axes }: Factor): string {
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
