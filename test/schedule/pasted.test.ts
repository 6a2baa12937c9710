import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeText } from "../../src/decodeText.ts";
import { ProbeError } from "../../src/errors.ts";
import { formatSigmas, parseSchedule, type Schedule, TEXT_FORMS, type TextForm } from "../../src/schedule/index.ts";

/** What people's editors, spreadsheets and terminals put into a list, or take out of it. */
const SCRAPS = [
  ...[",", ";", " ", "\t", "\n", "\r\n", ",,", ".", "0", "1", "5", "e", "e-1", "-", "+", "[", "]", '"', "'"],
  ...[
    "{",
    "}",
    ":",
    "\uFEFF",
    "\0",
    "NaN",
    "1000",
    "0,5",
    ",junk",
    "sigma",
    "step,",
    "–",
    "é",
    "，",
    "% ",
    "None",
    "#",
  ],
];

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 3 }),
  insert: fc.constantFrom("", ...SCRAPS),
});

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((now, { at, remove, insert }) => {
    const place = Math.round(at * now.length);
    return now.slice(0, place) + insert + now.slice(place + remove);
  }, text);
}

const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  utf8: (text) => Buffer.from(text),
  "utf8 with a mark": (text) => Buffer.from(`\uFEFF${text}`),
  latin1: (text) => Buffer.from(text, "latin1"),
  utf16le: (text) => Buffer.from(text, "utf16le"),
  "utf16le with a mark": (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  utf16be: (text) => Buffer.from(text, "utf16le").swap16(),
};

const NUMBERS = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/gi;

/** Every number in a text, in order, by a rule of its own. */
function written(text: string): number[] {
  return (text.match(NUMBERS) ?? []).map(Number);
}

/** The numbers that a reader of the file would say it lists, without the terminal 0. */
function listed(text: string, form: TextForm): number[] {
  const lines = text.split(/[\r\n]+/).filter((line) => line.replaceAll(/[,\s"]/g, "") !== "");
  const header = (lines[0] ?? "").split(",").map((cell) => cell.replaceAll(/[\s"\uFEFF]/g, ""));
  const headed = form === "csv" && header.includes("sigma");
  // A row with more than its header has a value that no column owns: nothing that is read can be right.
  if (headed && lines.some((line) => line.replace(/[,\s"]+$/, "").split(",").length > header.length))
    return [Number.NaN];
  const values = headed
    ? lines.slice(1).map((line) => Number((line.split(",")[header.indexOf("sigma")] ?? "").replaceAll('"', "")))
    : written(text);
  return values.at(-1) === 0 && values.length > 1 ? values.slice(0, -1) : values;
}

/** The schedule, or null if it was refused as bad input; any other error is a defect. */
function accepted(make: () => Schedule): Schedule | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof ProbeError && error.kind === "input") return null;
    throw error;
  }
}

const lists = fc.tuple(fc.constantFrom(1, 3, 5, 7, 8), fc.integer({ min: 1, max: 8 })).map(([shift, steps]) =>
  parseSchedule(`shift:${shift}`)
    .sigmas(steps)
    .map((sigma) => Number(sigma.toPrecision(4))),
);

/** Tables as people write them, next to those that l1probe writes. */
const LAYOUTS: readonly [TextForm, (list: readonly number[]) => string][] = [
  ...TEXT_FORMS.map((form): [TextForm, (list: readonly number[]) => string] => [
    form,
    (list) => formatSigmas(list, form),
  ]),
  ["csv", (list) => `sigma\n${list.join("\n")}\n`],
  ["csv", (list) => list.join("\r\n")],
  ["csv", (list) => list.join(",")],
  ["csv", (list) => `sigma\n${list.map(germanDecimal).join("\n")}\n`],
  ["csv", (list) => list.map(germanDecimal).join("\n")],
  ["comfyui", (list) => [...list, 0].map(germanDecimal).join(" ")],
];

function germanDecimal(value: number): string {
  return value.toFixed(4).replace(".", ",");
}

const edits = fc.array(edit, { maxLength: 3 });

test("2,000 mutated files are the list that they show, or refused as bad input", () => {
  let [read, refused] = [0, 0];
  const encoding = fc.oneof({ weight: 3, arbitrary: fc.constant("utf8") }, fc.constantFrom(...Object.keys(ENCODINGS)));
  fc.assert(
    fc.property(lists, fc.constantFrom(...LAYOUTS), edits, encoding, (list, [form, layOut], changes, name) => {
      const text = edited(layOut(list), changes);
      const bytes = ENCODINGS[name]?.(text) ?? Buffer.from(text);
      const readFile = (path: string): string => decodeText(bytes, path);
      const schedule = accepted(() => parseSchedule(`file:list,form=${form}`, { readFile }));
      if (schedule === null) {
        refused += 1;
        return;
      }
      read += 1;
      const steps = schedule.fixedSteps ?? 0;
      expect(schedule.exact(steps)).toStrictEqual(listed(text, form));
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(read, refused)).toBeGreaterThan(200);
});

test("2,000 mutated lists on the command line are the list that they show, or refused as bad input", () => {
  let [read, refused] = [0, 0];
  fc.assert(
    fc.property(lists, edits, (list, changes) => {
      const text = edited(list.join(", "), changes);
      const schedule = accepted(() => parseSchedule(`sigmas:${text}`));
      if (schedule === null) refused += 1;
      else {
        read += 1;
        expect(schedule.exact(schedule.fixedSteps ?? 0)).toStrictEqual(written(text));
      }
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(read, refused)).toBeGreaterThan(200);
});

test.each(Object.keys(ENCODINGS))("a list in %s is read if it is UTF-8, else refused", (name) => {
  const bytes = ENCODINGS[name]?.("sigma,Größe\n1,a\n0.5,b\n") ?? Buffer.of();
  const schedule = accepted(() => parseSchedule("file:a.csv", { readFile: (path) => decodeText(bytes, path) }));
  expect(schedule?.exact(2) ?? null).toStrictEqual(name.startsWith("utf8") ? [1, 0.5] : null);
});
