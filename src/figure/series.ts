import { type Factor, factors } from "../analysis/factor.ts";
import type { CellRecord, SweepRecord } from "../record/record.ts";
import type { Facet, Legend, Series } from "./figure.ts";
import { groupCells, grouping, groupText } from "./groups.ts";
import { labelsOn, varyingAxes } from "./label.ts";
import { factorName, legendOf } from "./legend.ts";
import { type Encoding, encode, styles } from "./style.ts";

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
