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

/** Index behind the digits that begin at `at`, at most so many. */
function behindDigits(bytes: Buffer, at: number, most: number): number {
  const stop = at + most;
  let i = at;
  while (i < stop && isDigit(bytes[i])) i += 1;
  return i;
}

/** The whole number of the digits of `head` and those from `at` to `end`. */
function joined(head: number, bytes: Buffer, at: number, end: number): number {
  let whole = head;
  for (let i = at; i < end; i += 1) whole = Math.imul(whole, 10) + (bytes[i] ?? 0) - zero;
  return whole;
}

/**
 * Reads the number that JSON writes at `at`: the same double as Number makes of it, correctly rounded.
 *
 * Up to 18 digits are taken as an exact sum of two doubles and divided by a power of ten; the remainder of that division,
 * which Dekker's product gives exactly (Numerische Mathematik 18, 1971), corrects the quotient. Where the correction
 * leaves doubt about the last bit, the engine decides.
 */
export function readDecimal(bytes: Buffer, at: number, into: Decimal): void {
  const first = bytes[at] === minus ? at + 1 : at;
  const whole = bytes[first] === zero ? first + 1 : behindDigits(bytes, first, digitsAtOnce);
  let end = whole;
  // The digits as one integer, and those behind its first nine as another.
  let head = joined(0, bytes, first, whole);
  let tail = 0;
  let tailDigits = 0;
  let decimals = 0;
  if (bytes[whole] === dot) {
    const behindDot = whole + 1;
    let counted = behindDot;
    if (head === 0) while (bytes[counted] === zero) counted += 1;
    const middle = behindDigits(bytes, counted, head === 0 ? digitsAtOnce : digitsAtOnce - (whole - first));
    end = behindDigits(bytes, middle, digitsAtOnce);
    head = joined(head, bytes, counted, middle);
    tail = joined(0, bytes, middle, end);
    tailDigits = end - middle;
    decimals = end - behindDot;
  }
  const behind = bytes[end];
  const plain = whole > first && bytes[end - 1] !== dot && !isDigit(behind) && behind !== lowerE && behind !== upperE;
  const power = powers[decimals];
  const value =
    !plain || power === undefined
      ? Number.NaN
      : tailDigits === 0
        ? head / power
        : quotient(head, tail, tailDigits, decimals);
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
