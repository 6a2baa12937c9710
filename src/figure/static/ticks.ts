import { scaleLinear, scaleLog } from "d3-scale";
import type { AxisOfPanel } from "../figure.ts";
import { textWidth } from "./text.ts";

/** A mark on an axis: its value, its distance from the axis' lower end, and its text, or null where none fits. */
export interface Tick {
  readonly at: number;
  readonly text: string | null;
}

/** Where values lie on an axis of that length, from its lower end. */
export function positions({ scale, domain }: Pick<AxisOfPanel, "scale" | "domain">, length: number) {
  return scale === "log" ? scaleLog([...domain], [0, length]) : scaleLinear([...domain], [0, length]);
}

/**
 * Round values along an axis. No two labels overprint: of labels that would, the later is left out.
 *
 * @param across whether labels lie side by side, or one above the other
 */
export function ticks(
  axis: Pick<AxisOfPanel, "scale" | "domain">,
  length: number,
  across: boolean,
  size: number,
): Tick[] {
  const place = positions(axis, length);
  const wanted = Math.max(2, Math.floor(length / (across ? 5.5 * size : 2.6 * size)));
  const values = axis.scale === "log" ? logValues(axis.domain, wanted) : linearValues(axis.domain, wanted);
  const write = axis.scale === "log" ? logText : linearText(values);
  let end = Number.NEGATIVE_INFINITY;
  return values.map((value) => {
    const at = place(value);
    const text = write(value);
    const half = across ? textWidth(text, size) / 2 + size / 4 : 0.6 * size;
    if (at - half < end) return { at, text: null };
    end = at + half;
    return { at, text };
  });
}

function linearValues(domain: readonly [number, number], wanted: number): number[] {
  return scaleLinear([...domain], [0, 1]).ticks(wanted);
}

/** Powers of ten, thinned to about as many as wanted; with 2 and 5 between them, or round values, if there are too few. */
function logValues([low, high]: readonly [number, number], wanted: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const powers = Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => 10 ** (first + i));
  if (powers.length >= 3) {
    const every = Math.ceil(powers.length / Math.max(wanted, 3));
    return powers.filter((_, i) => (first + i) % every === 0);
  }
  const decades = [...new Set([first - 1, first, last])].map((exponent) => 10 ** exponent);
  const within = decades
    .flatMap((decade) => [1, 2, 5].map((factor) => factor * decade))
    .filter((v) => v >= low && v <= high);
  return within.length >= 2 ? within : linearValues([low, high], wanted);
}

/** Numbers from this to that are written out; others with a power of ten. */
const plain = { from: 1e-3, below: 1e5 };

function logText(value: number): string {
  if (value >= plain.from * 0.999 && value < plain.below) return String(Number(value.toPrecision(3)));
  return scientific(value);
}

function linearText(values: readonly number[]): (value: number) => string {
  const largest = Math.max(...values.map(Math.abs));
  if (largest >= plain.below || (largest > 0 && largest < plain.from))
    return (value) => (value === 0 ? "0" : scientific(value));
  return (value) => String(Number(value.toPrecision(6)));
}

const superscripts: Readonly<Record<string, string>> = Object.fromEntries(
  [..."0123456789-"].map((digit, i) => [digit, [..."⁰¹²³⁴⁵⁶⁷⁸⁹⁻"][i] ?? digit]),
);

/** `2×10³⁸`; `10³⁸` if the factor is 1. */
export function scientific(value: number): string {
  const [factor = "", exponent = "0"] = value.toExponential(2).split("e");
  const power = `10${[...String(Number(exponent))].map((digit) => superscripts[digit] ?? digit).join("")}`;
  const short = String(Number(factor));
  return short === "1" ? power : `${short}×${power}`;
}
