/*
 * Decimals straight from bytes. A big journal holds two million of them, and cutting each out as a string for Number
 * takes twice as long as all else that reading it needs.
 */

/** Digits that fit a small integer of the engine. */
const digitsAtOnce = 9;
const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Of Veltkamp's splitting: halves a double into two that multiply exactly. */
const splitter = 2 ** 27 + 1;
const powerHeads = powers.map((power) => power * splitter - (power * splitter - power));
const powerTails = powers.map((power, i) => power - (powerHeads[i] ?? 0));
/** Far more than what rounding adds to a quotient's correction. */
const doubt = 1 + 2 ** -30;
const [minus, dot, zero, upperE, lowerE] = [45, 46, 48, 69, 101];

/** A number of JSON and where it ends. */
export interface Decimal {
  value: number;
  /** Index behind its last byte, or −1 where there is no number. */
  end: number;
}

const grammar = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const inNumber = new Set(Buffer.from("-+.0123456789eE"));

/** For the few that have an exponent, more digits than doubles, or lie at the middle between two doubles. */
function readByEngine(bytes: Buffer, at: number, into: Decimal): void {
  let stop = at;
  while (inNumber.has(bytes[stop] ?? 0)) stop += 1;
  const text = bytes.toString("latin1", at, stop);
  into.end = grammar.test(text) ? stop : -1;
  into.value = Number(text);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

/** A run of digits: the whole number that they continue, and where they end. */
const run = { value: 0, end: 0 };

/** The value of four bytes if all are digits, the first lowest; else −1. Carries cannot pass from byte to byte. */
function fourDigits(word: number): number {
  const digits = (word - 0x30303030) | 0;
  if ((word & 0xf0f0f0f0) !== 0x30303030 || ((digits + 0x06060606) & 0xf0f0f0f0) !== 0) return -1;
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
}

/** Continues `value` with the digits from `at` on, at most so many, into `run`. */
function readDigits(bytes: Buffer, view: DataView, value: number, at: number, most: number): void {
  const stop = Math.min(at + most, bytes.length);
  let i = at;
  let whole = value;
  while (i + 4 <= stop) {
    const four = fourDigits(view.getInt32(i, true));
    if (four === -1) break;
    whole = Math.imul(whole, 10_000) + four;
    i += 4;
  }
  for (; i < stop && isDigit(bytes[i]); i += 1) whole = Math.imul(whole, 10) + (bytes[i] ?? zero) - zero;
  run.value = whole;
  run.end = i;
}

/**
 * Reads the number that JSON writes at `at`: the same double as Number makes of it, correctly rounded.
 *
 * Up to 18 digits are taken as an exact sum of two doubles and divided by a power of ten; the remainder of that division,
 * which Dekker's product gives exactly (Numerische Mathematik 18, 1971), corrects the quotient. Where the correction
 * leaves doubt about the last bit, the engine decides.
 *
 * @param view of the same bytes
 */
export function readDecimal(bytes: Buffer, view: DataView, at: number, into: Decimal): void {
  const first = bytes[at] === minus ? at + 1 : at;
  // The first nine digits as one integer, those behind them as another.
  readDigits(bytes, view, 0, first, bytes[first] === zero ? 1 : digitsAtOnce);
  let head = run.value;
  const whole = run.end;
  let end = whole;
  let tail = 0;
  let tailDigits = 0;
  let decimals = 0;
  if (bytes[whole] === dot) {
    const behindDot = whole + 1;
    let counted = behindDot;
    if (head === 0) while (bytes[counted] === zero) counted += 1;
    readDigits(bytes, view, head, counted, head === 0 ? digitsAtOnce : digitsAtOnce - (whole - first));
    head = run.value;
    const middle = run.end;
    readDigits(bytes, view, 0, middle, digitsAtOnce);
    tail = run.value;
    end = run.end;
    tailDigits = end - middle;
    decimals = end - behindDot;
  }
  const behind = bytes[end];
  const plain = whole > first && bytes[end - 1] !== dot && !isDigit(behind) && behind !== lowerE && behind !== upperE;
  const power = powers[decimals];
  let value = Number.NaN;
  if (plain && power !== undefined)
    value = tailDigits === 0 ? head / power : quotient(head, tail, tailDigits, decimals);
  if (Number.isNaN(value)) {
    readByEngine(bytes, at, into);
    return;
  }
  into.end = end;
  into.value = first === at ? value : -value;
}

/** (head·10^tailDigits + tail) / 10^decimals, correctly rounded, or NaN where that is in doubt. */
function quotient(head: number, tail: number, tailDigits: number, decimals: number): number {
  const shift = powers[tailDigits] ?? 1;
  // Both products are exact: 15 bits of the head are low.
  const low = (head & 0x7fff) * shift + tail;
  const high = (head - (head & 0x7fff)) * shift;
  const whole = high + low;
  const rest = low - (whole - high);
  const power = powers[decimals] ?? 1;
  const first = whole / power;
  const product = first * power;
  const big = splitter * first;
  const firstHead = big - (big - first);
  const firstTail = first - firstHead;
  const powerHead = powerHeads[decimals] ?? 0;
  const powerTail = powerTails[decimals] ?? 0;
  const lost = firstHead * powerHead - product + firstHead * powerTail + firstTail * powerHead + firstTail * powerTail;
  const correction = (whole - product - lost + rest) / power;
  const value = first + correction;
  const left = correction - (value - first);
  return value + left * doubt === value ? value : Number.NaN;
}
