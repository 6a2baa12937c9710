import type { Factor } from "../analysis/factor.ts";
import { categoricalColor, categoricalColors, rampPlace, sequentialColor } from "./color.ts";
import type { Dash, Marker, Style } from "./figure.ts";

const markers: readonly Marker[] = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"];
const dashes: readonly Dash[] = ["solid", "dashed", "dotted", "dashdot"];

/** Which factor each channel of a line shows. A factor may have none: then only labels tell it apart. */
export interface Encoding {
  readonly color: Factor | null;
  readonly marker: Factor | null;
  readonly dash: Factor | null;
}

/**
 * Colour for the factor with the most levels (the schedule where they tie, as it is what one sweeps), marker and dash
 * together for the next, which so survives a copier; a third factor takes the dash for itself.
 */
export function encode(factors: readonly Factor[]): Encoding {
  const ranked = [...factors].sort(
    (a, b) => b.levels.length - a.levels.length || Number(hasSchedule(b)) - Number(hasSchedule(a)),
  );
  const [first = null, second = null, third = null] = ranked;
  return { color: first, marker: second, dash: third ?? second };
}

/** The style of every cell. */
export function styles(encoding: Encoding): (cellId: string) => Style {
  const color = levelIndex(encoding.color);
  const marker = levelIndex(encoding.marker);
  const dash = levelIndex(encoding.dash);
  return (cellId) => {
    const level = color(cellId);
    return {
      color: levelColor(encoding.color, level),
      marker: markerOf(encoding.marker === null ? wraps(encoding.color, level) : marker(cellId)),
      dash: dashOf(encoding.dash === null ? wraps(encoding.color, level) : dash(cellId)),
    };
  };
}

export function levelColor(factor: Factor | null, level: number): string {
  if (factor === null) return categoricalColor(0);
  return factor.ordered ? sequentialColor(rampPlace(level, factor.levels.length)) : categoricalColor(level);
}

export function markerOf(level: number): Marker {
  return markers[level % markers.length] ?? "circle";
}

export function dashOf(level: number): Dash {
  return dashes[level % dashes.length] ?? "solid";
}

/** How often categorical colours have begun again at a level: markers and dashes then go on telling levels apart. */
function wraps(factor: Factor | null, level: number): number {
  return factor === null || factor.ordered ? 0 : Math.floor(level / categoricalColors);
}

function levelIndex(factor: Factor | null): (cellId: string) => number {
  const index = new Map<string, number>();
  for (const [i, level] of (factor?.levels ?? []).entries()) {
    for (const id of level.cells) index.set(id, i);
  }
  return (cellId) => index.get(cellId) ?? 0;
}

function hasSchedule(factor: Factor): boolean {
  return factor.axes.includes("schedule");
}
