import { didYouMean } from "../../nearest.ts";
import { escapeText, unescapeText } from "./term.ts";

/** Numbers that a parameter allows; an end that is `open` is not itself allowed. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly open: "none" | "min" | "max" | "both";
  readonly integer: boolean;
}

/**
 * One parameter of a schedule family.
 * `read` gives the value, or throws a plain sentence that starts with what is wrong with the value.
 */
export interface Parameter<T> {
  /** What it is, in a few words. */
  readonly doc: string;
  /** What is allowed, in words or as an interval. */
  readonly allowed: string;
  /** What is taken where nothing is written; undefined: it must be written. */
  readonly fallback: T | undefined;
  /** Whether the canonical form spells `key=`. */
  readonly keyed: boolean;
  /** Whether it takes all values without a key that are left. */
  readonly rest: boolean;
  /** What random values of it are made from. */
  readonly domain: Range | readonly string[] | null;
  read(texts: readonly string[]): T;
  /** The canonical text, or null where the value is left out. */
  write(value: T): string | null;
}

/** Why a text is not a value of its parameter; the reader of the term adds where it stood. */
export class Unreadable extends Error {}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number as people write it, or NaN: no hexadecimal, no empty text, no word. */
export function readNumber(text: string): number {
  return NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
}

/** The shortest decimal that reads back exactly, without the `+` that joins schedules. */
export function writeNumber(value: number): string {
  return String(value).replace("+", "");
}

function interval({ min, max, open, integer }: Range): string {
  const left = open === "min" || open === "both" || min === Number.NEGATIVE_INFINITY ? "(" : "[";
  const right = open === "max" || open === "both" || max === Number.POSITIVE_INFINITY ? ")" : "]";
  const sign = (end: number): string => (Number.isFinite(end) ? writeNumber(end) : end < 0 ? "-∞" : "∞");
  return `${integer ? "whole number" : "number"} in ${left}${sign(min)}, ${sign(max)}${right}`;
}

function within(value: number, { min, max, open, integer }: Range): boolean {
  const above = open === "min" || open === "both" ? value > min : value >= min;
  const below = open === "max" || open === "both" ? value < max : value <= max;
  return Number.isFinite(value) && above && below && (!integer || Number.isInteger(value));
}

interface NumberOptions {
  readonly min?: number;
  readonly max?: number;
  readonly open?: Range["open"];
  readonly integer?: boolean;
  readonly fallback?: number;
  readonly keyed?: boolean;
}

/** A number within a range; what has a default is written with its key. */
export function number(doc: string, options: NumberOptions): Parameter<number> {
  const domain: Range = {
    min: options.min ?? Number.NEGATIVE_INFINITY,
    max: options.max ?? Number.POSITIVE_INFINITY,
    open: options.open ?? "none",
    integer: options.integer ?? false,
  };
  return {
    doc,
    allowed: interval(domain),
    fallback: options.fallback,
    keyed: options.keyed ?? options.fallback !== undefined,
    rest: false,
    domain,
    read([text = ""]) {
      const value = readNumber(text);
      if (!within(value, domain)) throw new Unreadable(`is ${text}; it must be a ${interval(domain)}`);
      return value;
    },
    write: writeNumber,
  };
}

/** One of a few words. */
export function choice<const Word extends string>(
  doc: string,
  words: readonly Word[],
  options: { fallback?: Word; keyed?: boolean; allowed?: string } = {},
): Parameter<Word> {
  return {
    doc,
    allowed: options.allowed ?? words.join(" | "),
    fallback: options.fallback,
    keyed: options.keyed ?? options.fallback !== undefined,
    rest: false,
    domain: words,
    read([text = ""]) {
      const word = words.find((known) => known === text);
      if (word === undefined)
        throw new Unreadable(`is ${text}${didYouMean(text, words)}; it must be one of ${words.join(", ")}`);
      return word;
    },
    write: (value) => value,
  };
}

/** Numbers in a row, as many as are written. */
export function numbers(doc: string): Parameter<readonly number[]> {
  return {
    doc,
    allowed: "numbers",
    fallback: undefined,
    keyed: false,
    rest: true,
    domain: null,
    read: (texts) =>
      texts.map((text, index) => {
        const value = readNumber(text);
        if (!Number.isFinite(value)) throw new Unreadable(`holds ${text} at index ${index}; it must hold numbers`);
        return value;
      }),
    write: (values) => values.map(writeNumber).join(","),
  };
}

/** A file's name; `,`, `+`, `=` and `%` in it are written %2C, %2B, %3D and %25. */
export function fileName(doc: string): Parameter<string> {
  return {
    doc,
    allowed: "a path; write %2C, %2B, %3D, %25 for , + = %",
    fallback: undefined,
    keyed: false,
    rest: false,
    domain: null,
    read: ([text = ""]) => unescapeText(text),
    write: escapeText,
  };
}

/** The same parameter, but it may be left out: its value is then null. */
export function optional<T>(parameter: Parameter<T>): Parameter<T | null> {
  return {
    ...parameter,
    fallback: null,
    keyed: true,
    read: (texts) => parameter.read(texts),
    write: (value) => (value === null ? null : parameter.write(value)),
  };
}
