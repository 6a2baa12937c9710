import { type Decimal, readDecimal } from "./decimal.ts";

/** So many digits make a whole number that a double holds exactly. */
const wholeDigits = 15;
const [quote, zero, open, backslash, close, braceOpen] = [34, 48, 91, 92, 93, 123];

/** ASCII text of four characters or more, to be compared four at a time. */
export class Word {
  readonly length: number;
  /** Every fourth place, and the last that four characters fit. */
  readonly places: readonly number[];
  readonly values: Int32Array;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.length = bytes.length;
    this.places = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => Math.min(4 * i, bytes.length - 4));
    this.values = Int32Array.from(this.places, (place) => bytes.readInt32LE(place));
  }
}

/** Walks along a line of JSON. What it takes it is behind; what it does not find leaves it where it was. */
export class Walk {
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private readonly decimal: Decimal = { value: 0, end: 0 };
  private i = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get atEnd(): boolean {
    return this.i === this.bytes.length;
  }

  /** Whether nothing of the object has been taken but its brace. */
  get inNewObject(): boolean {
    return this.bytes[this.i - 1] === braceOpen;
  }

  /** The number that was taken last. */
  get value(): number {
    return this.decimal.value;
  }

  byte(wanted: number): boolean {
    if (this.bytes[this.i] !== wanted) return false;
    this.i += 1;
    return true;
  }

  word({ length, places, values }: Word): boolean {
    if (this.i + length > this.bytes.length) return false;
    for (let k = 0; k < values.length; k += 1) {
      if (this.view.getInt32(this.i + (places[k] ?? 0), true) !== values[k]) return false;
    }
    this.i += length;
    return true;
  }

  /** Plain ASCII up to a quote, which it takes, too; null for anything that JSON would escape. */
  text(): string | null {
    const start = this.i;
    for (let end = start; ; end += 1) {
      const byte = this.bytes[end] ?? 0;
      if (byte === quote) {
        this.i = end + 1;
        return this.bytes.toString("latin1", start, end);
      }
      if (byte < 32 || byte > 126 || byte === backslash) return null;
    }
  }

  number(): boolean {
    readDecimal(this.bytes, this.view, this.i, this.decimal);
    if (this.decimal.end === -1) return false;
    this.i = this.decimal.end;
    return true;
  }

  /** A whole number and the quote behind it. */
  quotedNumber(): boolean {
    const start = this.i;
    let value = 0;
    for (; this.i < start + wholeDigits; this.i += 1) {
      const digit = (this.bytes[this.i] ?? quote) - zero;
      if (digit < 0 || digit > 9) break;
      value = 10 * value + digit;
    }
    this.decimal.value = value;
    return this.i > start && this.byte(quote);
  }

  /** Passes over the rest of a list that has no list within; one there would be another line's, glued to a torn one. */
  flatList(): boolean {
    const end = this.bytes.indexOf(close, this.i);
    const inner = this.bytes.indexOf(open, this.i);
    if (end === -1 || (inner !== -1 && inner < end)) return false;
    this.i = end + 1;
    return true;
  }
}
