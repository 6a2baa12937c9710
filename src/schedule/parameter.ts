import { didYouMean } from "../errors.ts";

/** The numbers that a parameter allows; `open` names the ends that are excluded. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly open: "none" | "min" | "max" | "both";
  readonly integer: boolean;
}

/** One parameter of a schedule kind. */
export interface Parameter<T> {
  /** What it is, in a few words. */
  readonly doc: string;
  /** The allowed values, in words or as an interval. */
  readonly allowed: string;
  /** The default; undefined if the parameter is required. */
  readonly fallback: T | undefined;
  /** Whether the canonical form writes `key=`. */
  readonly keyed: boolean;
  /** Whether it takes all remaining values without a key. */
  readonly rest: boolean;
  /** The domain from which property tests draw values; null if they need a generator of their own. */
  readonly domain: Range | readonly string[] | null;
  /** @throws Unreadable with a message that continues "KIND's KEY …" */
  read(texts: readonly string[]): T;
  /** The canonical text, or null to leave the parameter out. */
  write(value: T): string | null;
}

/** Why a text is not a value of its parameter; the caller adds which parameter it was. */
export class Unreadable extends Error {}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number in plain decimal or exponent notation, or NaN: no hexadecimal, no empty text, no words. */
export function readNumber(text: string): number {
  return NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
}

/** The shortest decimal that reads back exactly, without a `+`, which would separate schedules. */
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

/** A number within a range. If it has a default, the canonical form writes it with its key. */
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

/** A list of numbers of any length. */
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
        if (!Number.isFinite(value)) throw new Unreadable(`include ${text} at index ${index}; all must be numbers`);
        return value;
      }),
    write: (values) => values.map(writeNumber).join(","),
  };
}

/** The size of an image or a clip, such as `1024x1024` or `768x512x97`. */
export interface Size {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** WIDTHxHEIGHT or WIDTHxHEIGHTxFRAMES. */
export function size(doc: string, options: { keyed?: boolean } = {}): Parameter<Size> {
  return {
    doc,
    allowed: "WIDTHxHEIGHT or WIDTHxHEIGHTxFRAMES",
    fallback: undefined,
    keyed: options.keyed ?? false,
    rest: false,
    domain: null,
    read([text = ""]) {
      const [, width, height, frames = "1"] = /^([1-9]\d{0,5})x([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?$/.exec(text) ?? [];
      if (width === undefined || height === undefined)
        throw new Unreadable(
          `is ${text}; it must be WIDTHxHEIGHT or WIDTHxHEIGHTxFRAMES, like 1024x1024 or 768x512x97`,
        );
      return { width: Number(width), height: Number(height), frames: Number(frames) };
    },
    write: ({ width, height, frames }) => [width, height, ...(frames === 1 ? [] : [frames])].join("x"),
  };
}

const ESCAPED: ReadonlyMap<string, string> = new Map(
  ["%", ",", "+", "="].map((sign) => [sign, `%${sign.charCodeAt(0).toString(16).toUpperCase()}`]),
);

/** A file name, in which the characters of the grammar `,`, `+`, `=` and `%` are written %2C, %2B, %3D and %25. */
export function fileName(doc: string): Parameter<string> {
  return {
    doc,
    allowed: "a path; write %2C, %2B, %3D, %25 for , + = %",
    fallback: undefined,
    keyed: false,
    rest: false,
    domain: null,
    read: ([text = ""]) =>
      text.replace(/%(25|2C|2B|3D)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    write: (path) => path.replace(/[%,+=]/g, (sign) => ESCAPED.get(sign) ?? sign),
  };
}

/** The same parameter made optional: if it is left out, its value is null. */
export function optional<T>(parameter: Parameter<T>): Parameter<T | null> {
  return {
    ...parameter,
    fallback: null,
    keyed: true,
    read: (texts) => parameter.read(texts),
    write: (value) => (value === null ? null : parameter.write(value)),
  };
}
