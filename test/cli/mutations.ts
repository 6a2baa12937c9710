/** What is typed or saved before it is mutated, and the mutations. */
import fc from "fast-check";
import { comfyui, csv, json } from "./shown.ts";

export const values = fc.tuple(fc.constantFrom(1, 3, 7, 8), fc.integer({ min: 1, max: 6 })).map(([shift, steps]) =>
  Array.from({ length: steps }, (_, k) => 1 - k / steps)
    .map((t) => (shift * t) / (1 + (shift - 1) * t))
    .map((sigma) => Number(sigma.toPrecision(4))),
);

const SCRAPS = [
  ...[
    ",",
    ", ",
    ";",
    " ",
    "\t",
    "\n",
    "\r\n",
    ",,",
    ".",
    "0",
    "1",
    "5",
    "e",
    "e-1",
    "E0",
    "-",
    "+",
    "_",
    "x",
    "[",
    "]",
  ],
  ...['"', "'", '""', '"\n', '"0.7\n"', "{", "}", ":", "=", "(", "\uFEFF", "\0", "\u00a0", "\u200b", "\u2028", "NaN"],
  ...[
    "Infinity",
    "null",
    "1000",
    "757, ",
    "0,5",
    ",junk",
    "sigma",
    "step,",
    "–",
    "−",
    "é",
    "，",
    "；",
    "：",
    "［",
    "１",
  ],
  ...["．", "、", "% ", "None", "#", " # half", "tensor(", "//", "\\", "$", "0b1", "1/2", "50%"],
];
export const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.integer({ min: 0, max: 2 }),
    insert: fc.constantFrom("", ...SCRAPS),
  }),
  { maxLength: 2 },
);

type Edits = readonly { at: number; remove: number; insert: string }[];

export const edited = (text: string, changes: Edits): string =>
  changes.reduce((now, { at, remove, insert }) => {
    const place = Math.round(at * now.length);
    return now.slice(0, place) + insert + now.slice(place + remove);
  }, text);

const german = (value: number): string => value.toFixed(4).replace(".", ",");
const plain = (value: number): string => String(value);

/** How a list is laid out in a file of each ending. */
export const LAYOUTS: Readonly<Record<string, readonly ((list: readonly number[]) => string)[]>> = {
  csv: [
    (list) => list.join("\n"),
    (list) => list.join(","),
    (list) => ["sigma", ...list].join("\r\n"),
    (list) => ["step,sigma", ...list.map((sigma, step) => `${step},${sigma}`)].join("\n"),
    (list) => ["sigma,note", ...list.map((sigma, step) => `${sigma},"step ${step}, of ${list.length}"`)].join("\n"),
    (list) => ["sigma,note", ...list.map((sigma) => `"${sigma}","a\n0.01,b"`)].join("\n"),
    (list) => ["step\tsigma", ...list.map((sigma, step) => `${step}\t${sigma}`)].join("\n"),
    (list) => ["step;sigma", ...list.map((sigma, step) => `${step};${german(sigma)}`)].join("\n"),
    (list) => ["sigma", ...list.map(german)].join("\n"),
    (list) => ["sigma", ...list.map((sigma) => `"${german(sigma)}"`)].join("\n"),
    (list) => list.map(german).join(";"),
    (list) => list.join("，"),
    (list) => list.map((sigma) => Math.round(1000 * sigma)).join("\n"),
  ],
  json: [
    (list) => JSON.stringify(list),
    (list) => JSON.stringify({ sigmas: [...list, 0] }, null, 2),
    (list) => `[${list.map(german).join(", ")}]`,
    (list) => JSON.stringify(list.map(plain)),
  ],
  txt: [
    (list) => [...list, 0].join(", "),
    (list) => [...list, 0].join(" "),
    (list) => `[${[...list, 0].join(", ")}]`,
    (list) => [...list, 0].join("\n"),
    (list) => [...list, 0].map(german).join(" "),
    (list) => [...list, 0].join("; "),
    (list) => `tensor([${list.join(", ")}])`,
    (list) => list.join(", "),
  ],
};
export const READERS: Readonly<Record<string, (text: string) => number[] | null>> = { csv, json, txt: comfyui };

/** `一只猫` and the like in GBK, which no decoder of Node writes. */
const inGbk = (text: string): Uint8Array =>
  Buffer.concat(
    [...text].map((letter) =>
      Buffer.from(letter === "，" ? "a3ac" : Buffer.from(letter, "latin1").toString("hex"), "hex"),
    ),
  );

export const ENCODINGS: readonly ((text: string) => Uint8Array)[] = [
  ...Array.from({ length: 8 }, () => (text: string) => Buffer.from(text)),
  (text) => Buffer.from(`\uFEFF${text}`),
  (text) => Buffer.from(text, "latin1"),
  (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  (text) => Buffer.from(text, "utf16le").swap16(),
  inGbk,
];
