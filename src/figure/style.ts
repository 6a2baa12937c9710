import type { Factor } from "../analysis/factor.ts";
import { categoricalColor, categoricalColors, rampPlace, sequentialColor } from "./color.ts";
import type { Dash, Marker, Style } from "./figure.ts";

const markers: readonly Marker[] = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"];
const dashes: readonly Dash[] = ["solid", "dashed", "dotted", "dashdot"];

/** Neighbours on a ramp of more colours look alike: markers then take turns along it. */
const fewLevels = 8;

/**
 * The factor that each visual channel of a line shows. No two curves of one panel have the same colour and marker: what
 * the channels cannot hold becomes facets.
 */
export interface Encoding {
  readonly color: Factor | null;
  /** One factor, or two that together have no more values than there are markers. */
  readonly marker: readonly Factor[];
  /** Factors whose values get a panel each in a static figure. */
  readonly facets: readonly Factor[];
}

/**
 * Colour shows the factor with the most levels; in a tie, the schedule. Unordered factors with more levels than there are
 * colours become facets. Markers show the next factor, or the next two.
 */
export function encode(factors: readonly Factor[]): Encoding {
  const colorable = factors.filter((factor) => factor.ordered || factor.levels.length <= categoricalColors);
  const [color = null, ...others] = [...colorable].sort(
    (a, b) => b.levels.length - a.levels.length || Number(hasSchedule(b)) - Number(hasSchedule(a)),
  );
  const marker: Factor[] = [];
  if (color !== null && !isRamp(color)) {
    for (const factor of others) {
      if (marker.length < 2 && markerLevels([...marker, factor]) <= markers.length) marker.push(factor);
    }
  }
  const facets = factors.filter((factor) => factor !== color && !marker.includes(factor));
  return { color, marker, facets };
}

function markerLevels(factors: readonly Factor[]): number {
  return factors.reduce((product, { levels }) => product * levels.length, 1);
}

/** Whether an ordered factor has too many levels to tell neighbours by their colour. */
export function isRamp({ ordered, levels }: Factor): boolean {
  return ordered && levels.length > fewLevels;
}

/** The style of every cell. */
export function styles({ color, marker }: Encoding): (cellId: string) => Style {
  const levelOf = new Map([color, ...marker].map((factor) => [factor, levelIndex(factor)]));
  return (cellId) => {
    const level = (factor: Factor | null) => levelOf.get(factor)?.(cellId) ?? 0;
    const colorLevel = level(color);
    const [first, second] = marker;
    const combined = first === undefined ? 0 : level(first) + first.levels.length * (second ? level(second) : 0);
    const alone = marker.length === 0;
    return {
      color: levelColor(color, colorLevel),
      marker: markerOf(alone ? colorLevel : combined),
      dash: dashOf(dashLevel(color, colorLevel, combined)),
    };
  };
}

/** Dashes repeat what colours say, since hues look alike in grey; a ramp grows lighter, so there they repeat markers. */
function dashLevel(color: Factor | null, colorLevel: number, markerLevel: number): number {
  return color !== null && !color.ordered ? colorLevel : markerLevel;
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
