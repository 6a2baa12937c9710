import type { Factor } from "../analysis/factor.ts";
import type { Dash, Marker, Style } from "./figure.ts";

/**
 * Okabe and Ito's palette (Color Universal Design, 2008) without its yellow, which is too faint for lines on white.
 */
const categorical = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"] as const;

/**
 * Knots of inferno (van der Walt and Smith, matplotlib 2.0) at .1, .2, … .7: perceptually uniform, from near black over
 * crimson to orange, and safe for colour-blind readers. The yellow end is left out: too faint for lines on white.
 */
const sequential = ["#160b39", "#420a68", "#6a176e", "#932667", "#bc3754", "#dd513a", "#f37819"] as const;

/** How many series categorical colours alone can distinguish. */
export const categoricalColors = categorical.length;

/** The i-th categorical colour; they repeat. */
export function categoricalColor(i: number): string {
  return categorical[i % categorical.length] ?? categorical[0];
}

/**
 * A colour of the sequential ramp, interpolated in sRGB between its knots.
 *
 * @param at in [0, 1]: 0 is darkest
 */
export function sequentialColor(at: number): string {
  return interpolated(sequential, at);
}

/** The colours of a colour bar. */
const rampColors = 24;

/** The position on the ramp of one of n evenly spaced levels; a single level gets the dark end. */
export function rampPlace(level: number, n: number): number {
  return n <= 1 ? 0 : level / (n - 1);
}

/** Colours of the whole ramp, for a colour bar. */
export function rampStops(): string[] {
  return Array.from({ length: rampColors }, (_, i) => sequentialColor(rampPlace(i, rampColors)));
}

/** Knots of viridis (van der Walt and Smith, matplotlib 2.0) at 0, 1/8, … 1: perceptually uniform, for areas. */
const heat = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
] as const;

/** The colour of non-finite values. */
export const notFiniteColor = "#b0b0b0";

/** A colour of the heat map. @param at in [0, 1]: 0 is darkest */
export function heatColor(at: number): string {
  return interpolated(heat, at);
}

/** Colours of the whole heat map, for a colour bar. */
export const heatStops: readonly string[] = Array.from({ length: 32 }, (_, i) => heatColor(i / 31));

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

function hex(channel: number): string {
  return Math.round(channel).toString(16).padStart(2, "0");
}

/** Linear in sRGB between the knots of a ramp. */
function interpolated(knots: readonly string[], at: number): string {
  const scaled = Math.min(Math.max(at, 0), 1) * (knots.length - 1);
  const below = Math.floor(scaled);
  const low = channels(knots[below] ?? "#000000");
  const high = channels(knots[below + 1] ?? knots[below] ?? "#000000");
  return `#${low.map((value, i) => hex(value + (scaled - below) * ((high[i] ?? value) - value))).join("")}`;
}

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
