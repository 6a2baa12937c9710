import type { PageSeries } from "../page/plots.ts";

/** What a reader points at, has chosen, and wants to see. Views listen to its changes. */
export class State {
  readonly chosen = new Set<number>();
  private pointed: readonly number[] = [];
  private readonly highlighting: (() => void)[] = [];
  private readonly drawing: (() => void)[] = [];

  constructor(public series: readonly PageSeries[]) {}

  /** The cells to bring out: those pointed at, otherwise those chosen. */
  get highlighted(): ReadonlySet<number> {
    return this.pointed.length > 0 ? new Set(this.pointed) : this.chosen;
  }

  onHighlight(listener: () => void): void {
    this.highlighting.push(listener);
  }

  onSeries(listener: () => void): void {
    this.drawing.push(listener);
  }

  point(cells: readonly number[]): void {
    const same = cells.length === this.pointed.length && cells.every((cell, i) => cell === this.pointed[i]);
    this.pointed = cells;
    if (!same) for (const listener of this.highlighting) listener();
  }

  /** Chooses these cells and no others; chooses none if they are what is chosen. */
  choose(cells: readonly number[]): void {
    const again = cells.length === this.chosen.size && cells.every((cell) => this.chosen.has(cell));
    this.chosen.clear();
    if (!again) for (const cell of cells) this.chosen.add(cell);
    for (const listener of this.highlighting) listener();
  }

  show(series: readonly PageSeries[]): void {
    this.series = series;
    for (const listener of this.drawing) listener();
  }
}
