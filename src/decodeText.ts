import { TextDecoder } from "node:util";
import { ProbeError } from "./errors.ts";

/** A decoder that throws at the first byte that its encoding does not allow, or null if this Node lacks the encoding. */
function strict(encoding: string): TextDecoder | null {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    return null;
  }
}

/** Windows-1252 at 80 to 9F, by the WHATWG Encoding Standard; Node decodes them as the control characters of Latin-1. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** The text, or null if the bytes are not of the encoding. */
function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    const text = strict(encoding)?.decode(bytes) ?? null;
    if (text === null || encoding !== "windows-1252") return text;
    return text.replace(/[\x80-\x9f]/g, (letter) => WINDOWS_1252[letter.charCodeAt(0) - 0x80] ?? letter);
  } catch {
    return null;
  }
}

interface Guess {
  /** What the file looks like, as a noun: `Latin-1 (Windows-1252)`. */
  readonly name: string;
  /** The label of the encoding for TextDecoder, or null if the bytes are no text. */
  readonly encoding: string | null;
}

const MARKS: readonly (Guess & { readonly bytes: readonly number[] })[] = [
  { bytes: [0xff, 0xfe, 0, 0], name: "UTF-32", encoding: null },
  { bytes: [0, 0, 0xfe, 0xff], name: "UTF-32", encoding: null },
  { bytes: [0xff, 0xfe], name: "UTF-16 (little-endian, with a byte order mark)", encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], name: "UTF-16 (big-endian, with a byte order mark)", encoding: "utf-16be" },
];

/** Text as people write it: no control character but line ends and tabs, no unassigned one. */
const TEXT = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\p{Cf}\t\r\n]*$/u;

/** UTF-16 without a mark: the byte order in which ASCII letters and line ends, half of whose bytes are 0, are more. */
function unmarkedUtf16(bytes: Uint8Array): Guess | null {
  const zeros = [0, 0];
  for (const [index, byte] of bytes.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const little = odd > even;
  const name = `UTF-16 (${little ? "little" : "big"}-endian, without a byte order mark)`;
  const encoding = little ? "utf-16le" : "utf-16be";
  return TEXT.test(decoded(bytes, encoding) ?? "\0") ? { name, encoding } : null;
}

/** The share of bytes above 127 that stand next to another one: near 1 in East Asian encodings, near 0 in Latin-1. */
function pairedShare(bytes: Uint8Array): number {
  let [high, paired] = [0, 0];
  for (const [index, byte] of bytes.entries()) {
    if (byte < 0x80) continue;
    high += 1;
    if ((bytes[index - 1] ?? 0) >= 0x80 || (bytes[index + 1] ?? 0) >= 0x80) paired += 1;
  }
  return high === 0 ? 0 : paired / high;
}

const EAST_ASIAN: readonly Guess[] = [
  { name: "GBK (GB 18030) or another East Asian encoding", encoding: "gb18030" },
  { name: "Shift JIS", encoding: "shift_jis" },
];

/** What bytes that are not UTF-8 look like; a guess from their statistics, never used to read a file. */
function guess(bytes: Uint8Array, line: Uint8Array): Guess {
  const marked = MARKS.find((mark) => mark.bytes.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return marked;
  if (bytes.includes(0)) return unmarkedUtf16(bytes) ?? { name: "a binary file", encoding: null };
  if (decoded(line, "utf-8") === null && cutOff(bytes))
    return { name: "UTF-8 that is cut off inside its last character", encoding: null };
  if (pairedShare(bytes) > 0.6) {
    const asian = EAST_ASIAN.find(({ encoding }) => encoding !== null && decoded(bytes, encoding) !== null);
    if (asian !== undefined) return asian;
  }
  return { name: "Latin-1 (Windows-1252)", encoding: "windows-1252" };
}

/** Whether everything is UTF-8 but for up to three bytes at the end, the beginning of one more character. */
function cutOff(bytes: Uint8Array): boolean {
  const start = bytes.findLastIndex((byte) => byte >= 0xc0);
  const length = bytes.length - start;
  const lead = bytes[start] ?? 0;
  const whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const others = bytes.subarray(0, start);
  // A single accented letter at the end of a Latin-1 file looks the same, so some other non-ASCII text must be UTF-8.
  return start >= 0 && length < whole && others.some((byte) => byte >= 0x80) && decoded(others, "utf-8") !== null;
}

/** The first line that is not UTF-8, or that contains a NUL; a UTF-8 character has no byte 10 inside. */
function firstFault(bytes: Uint8Array): { readonly number: number; readonly line: Uint8Array } | null {
  for (let start = 0, number = 1; start < bytes.length; number += 1) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (line.includes(0) || decoded(line, "utf-8") === null) return { number, line };
    if (end === -1) break;
    start = end + 1;
  }
  return null;
}

const SCRIPTS = ["Latin", "Greek", "Cyrillic", "Armenian", "Hebrew"].map(
  (name) => new RegExp(`\\p{Script=${name}}`, "u"),
);

/**
 * The line where GBK passes for UTF-8 by chance, or null. Common Chinese characters in GBK can be two-byte characters
 * of UTF-8: 一只猫 reads as һֻè. Such words mix scripts that no word mixes, and nothing else stands in the file.
 */
function chanceLine(text: string): number | null {
  const words = text.match(/[^\0-\x7f]+/g) ?? [];
  const common = (letter: string): boolean => letter <= "\u05FF" && letter.charCodeAt(0) % 64 > 32;
  if (!words.every((word) => [...word].every(common))) return null;
  const mixed = words.find((word) => SCRIPTS.filter((script) => script.test(word)).length > 1);
  return mixed === undefined ? null : text.slice(0, text.indexOf(mixed)).split("\n").length;
}

const SHOWN = 40;

/** The faulty line as the guessed encoding reads it, quoted and shortened, without control characters. */
function shown(bytes: Uint8Array, number: number, encoding: string): string {
  const text = (decoded(bytes, encoding) ?? "").split("\n")[number - 1]?.trim() ?? "";
  const letters = [...text.replace(/\p{C}/gu, "?")];
  const start = letters.length <= SHOWN ? letters.join("") : `${letters.slice(0, SHOWN).join("")}…`;
  return start === "" ? "" : `, which reads ${JSON.stringify(start)}`;
}

/**
 * Decodes a text file strictly. A UTF-8 byte order mark is removed; nothing is ever replaced.
 *
 * @param source the file's name, for error messages
 * @throws ProbeError kind input if the bytes are not UTF-8 or contain a NUL, with the line and what the file looks like
 */
export function decodeText(bytes: Uint8Array, source: string): string {
  const refuse = (line: number, { name, encoding }: Guess): never => {
    const reads = encoding === null ? "" : shown(bytes, line, encoding);
    throw new ProbeError(
      "input",
      `${source} is not UTF-8: line ${line} looks like ${name}${reads}; save the file as UTF-8.`,
      { path: source },
    );
  };
  const fault = firstFault(bytes);
  if (fault !== null) return refuse(fault.number, guess(bytes, fault.line));
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const line = chanceLine(text);
  return line === null ? text : refuse(line, { name: "GBK (GB 18030)", encoding: "gb18030" });
}
