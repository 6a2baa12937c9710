import { bootstrapAll, type Estimate } from "./statistics.ts";

/** One cell's logarithms on a grid of sigmas; NaN where the cell does not pass. */
export interface GridRow {
  readonly values: Float64Array;
  /** The level of each axis, by the axis's place. */
  readonly levels: readonly number[];
  /** The unit that is resampled. */
  readonly unit: number;
}

/**
 * The share of the variance, over cells and sigmas, that lies between the sigmas' means, and that lies between the means
 * of each axis's levels at each sigma. Shares of axes that vary together overlap.
 */
export interface Shares {
  readonly sigma: Estimate;
  readonly axes: readonly Estimate[];
}

/** Sum of squares between the means of groups, around the given means. */
class Groups {
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  constructor(size: number) {
    this.#counts = new Float64Array(size);
    this.#sums = new Float64Array(size);
  }

  add(group: number, value: number): void {
    this.#counts[group] = (this.#counts[group] ?? 0) + 1;
    this.#sums[group] = (this.#sums[group] ?? 0) + value;
  }

  meanOf(group: number): number {
    return (this.#sums[group] ?? 0) / (this.#counts[group] ?? 1);
  }

  between(center: (group: number) => number): number {
    let total = 0;
    for (let group = 0; group < this.#counts.length; group += 1) {
      const count = this.#counts[group] ?? 0;
      if (count > 0) total += count * (this.meanOf(group) - center(group)) ** 2;
    }
    return total;
  }
}

function sharesOf(rows: readonly GridRow[], levelCounts: readonly number[], grid: number): readonly number[] {
  const bySigma = new Groups(grid);
  const byAxis = levelCounts.map((count) => new Groups(count * grid));
  let [n, sum, squares] = [0, 0, 0];
  for (const { values, levels } of rows) {
    for (let g = 0; g < grid; g += 1) {
      const value = values[g] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      n += 1;
      sum += value;
      squares += value * value;
      bySigma.add(g, value);
      for (const [axis, groups] of byAxis.entries()) groups.add((levels[axis] ?? 0) * grid + g, value);
    }
  }
  const total = squares - (sum * sum) / n;
  const overall = sum / n;
  return [
    bySigma.between(() => overall) / total,
    ...byAxis.map((groups) => groups.between((group) => bySigma.meanOf(group % grid)) / total),
  ];
}

/**
 * @param levelCounts how many levels each axis has
 * @param units how many units are resampled for the intervals
 */
export function axisShares(
  rows: readonly GridRow[],
  levelCounts: readonly number[],
  grid: number,
  units: number,
): Shares {
  const values = sharesOf(rows, levelCounts, grid);
  const members = Array.from({ length: units }, (): GridRow[] => []);
  for (const row of rows) members[row.unit]?.push(row);
  // A resample costs as much as the record is long.
  const draws = rows.length > 200 ? 60 : 200;
  const intervalOf = bootstrapAll(
    units,
    (drawn) =>
      sharesOf(
        drawn.flatMap((unit) => members[unit] ?? []),
        levelCounts,
        grid,
      ),
    draws,
  );
  const [sigma, ...axes] = values.map((value, place): Estimate => ({ value, interval: intervalOf(place) }));
  return { sigma: sigma ?? { value: Number.NaN, interval: null }, axes };
}
