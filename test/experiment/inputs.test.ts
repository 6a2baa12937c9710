/** What people feed to experiments, each a row of reports. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeText } from "../../src/decodeText.ts";
import { ProbeError } from "../../src/errors.ts";
import type { Expansion } from "../../src/experiment/expand.ts";
import { expandSource, readSource } from "../../src/experiment/source.ts";

const rest = "height: 64\n  width: 64\n  frames: 1\n  steps: 1\n  schedule: shift:7";
const yaml = (prompt: string, more = "") => `name: a\nbase:\n  prompt: ${prompt}\n  ${rest}\n${more}`;

function outcome(text: string, profile?: string): Expansion | string {
  try {
    return expandSource(readSource(text, "x.yaml"), { profile });
  } catch (thrown) {
    if (!(thrown instanceof ProbeError) || thrown.kind !== "input") throw thrown;
    return thrown.message;
  }
}

test("prompt: cinematic shot: a cat is refused, and the message quotes it", () => {
  expect(outcome(yaml("cinematic shot: a cat"))).toMatch(/^x\.yaml:3:11: .*prompt: "cinematic shot: a cat"\.$/);
  const inList = outcome(yaml("x", "grid:\n  prompt:\n    - a cat\n    - @home: a cat\n"));
  expect(inList).toMatch(/^x\.yaml:12:7: .*- "@home: a cat"\.$/);
});

test.each(["*nope", "@cat", "%cat", '"a" cat'])("prompt: %s is refused with the advice to quote it", (prompt) => {
  expect(outcome(yaml(prompt))).toMatch(/^x\.yaml:3:1\d: .*in quotes/);
});

test("prompt: a cat #1 is cut by YAML, and a note says what is left", () => {
  const cut = outcome(yaml("a cat #1 in the row"));
  expect(cut).toMatchObject({
    cells: [{ prompt: "a cat" }],
    notes: [expect.stringMatching(/^x\.yaml:3:11: prompt is read as "a cat", .*"#1 in the row"/)],
  });
  expect(outcome(yaml('"a cat #1 in the row"'))).toMatchObject({
    cells: [{ prompt: "a cat #1 in the row" }],
    notes: [],
  });
  expect(outcome(yaml("a cat#1\n  # the next line is another matter"))).toMatchObject({ notes: [] });
  const listed = outcome(yaml("x", "grid:\n  prompt:\n    - a cat\n    - a dog #2\n"));
  expect(listed).toMatchObject({ notes: [expect.stringMatching(/^x\.yaml:12:7: .*"a dog"/), expect.anything()] });
});

test("seed 1125899906842624 is refused with the reason; 2^64 - 1 is printed exactly, once", () => {
  expect(outcome(yaml("x", "  seed: 1125899906842624"))).toMatch(
    /^x\.yaml:9:3: base\.seed is 1125899906842624; .*0 to 2\^32 - 1, .* 32 bits of a seed: this would be seed 0\.$/,
  );
  const largest = String(outcome(yaml("x", "grid: { seed: [0, 18446744073709551615] }")));
  expect(largest.match(/18446744073709551615/g)).toHaveLength(1);
  expect(largest).toMatch(/^x\.yaml:9:19: grid\.seed\[1\] is 18446744073709551615; [^\n]*32 bits of a seed\.$/);
  expect(outcome(yaml("x", "  seed: 4294967295"))).toMatchObject({ cells: [{ seed: 4294967295 }] });
});

test("random.draw.schedule.uniform is refused with what is known there", () => {
  const draw = "random: { count: 1, seed: 0, draw: { schedule: { uniform: [1, 2] } } }";
  expect(outcome(yaml("x", draw))).toMatch(/random\.draw\.schedule\.uniform is not a known key; known here: choice\./);
});

test("YAML merge keys work, and one without a map is refused by name", () => {
  const profiles = (b: string) => `profiles:\n  a: &a { seed: 3, height: 32 }\n  b: { <<: ${b}, seed: 4 }\n`;
  expect(outcome(yaml("x", profiles("*a")), "b")).toMatchObject({ cells: [{ seed: 4, height: 32 }] });
  expect(outcome(yaml("x", profiles("3")), "b")).toMatch(/^x\.yaml:.*[Mm]erge/);
});

test("aliases that contain themselves, and too many of them, are refused", () => {
  expect(outcome("name: a\nbase: &a { prompt: [*a] }\n")).toMatch(/^x\.yaml:2:\d+: The alias \*a contains itself\.$/);
  const layers = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`);
  expect(outcome(["l0: &l0 [x]", ...layers].join("\n"))).toMatch(/^x\.yaml:1:1: .*alias/i);
});

test("brackets nested beyond the stack are refused", () => {
  expect(outcome("[".repeat(20_000))).toMatch(/^x\.yaml:/);
});

const whole = `name: a
description: every kind of part
base: &all
  prompt: "a red circle"
  negative_prompt: ""
  true_cfg_scale: 3
  height: 64
  width: 64
  frames: 9
  steps: 4
  schedule: shift:7
grid:
  seed: [0, 1]
  schedule: [linear, {sigmas: [1, 0.75, 0.5, 0.25]}]
zip: { guidance_scale: [1, 6], sampler: [euler, heun] }
random:
  count: 2
  seed: 0
  draw: { frames: { integer: [1, 9] }, prompt: { choice: [x, y] } }
exclude:
  - { seed: 1 }
profiles:
  large: { height: 320, <<: *all }
`;
const pieces = [
  ...["*", "*all", "&a ", "!", "!!binary ", "|", ">", "%", "@", "`", "#", " # x", ":", ": ", "- ", "? ", "[", "]", "{"],
  ...[
    "}",
    ",",
    '"',
    "'",
    "\n",
    "\t",
    "\r",
    "---\n",
    "...\n",
    "<<: ",
    "null",
    "~",
    ".nan",
    ".inf",
    "-0",
    "1e400",
    "0x10",
  ],
  ...[
    "18446744073709551615",
    "1_000",
    "2026-01-01",
    "true",
    "yes",
    "\\ud83d",
    "é",
    "\u2028",
    "，",
    "\ufeff",
    "__proto__: ",
  ],
  ...[
    "constructor",
    "toString: 1\n",
    "1,0",
    "0,5",
    "\ud83d",
    "sigmas:1000,757",
    "shift:",
    "join:",
    "preset:",
    "- - - ",
  ],
];

test("2,000 mutated experiments end in cells or in a sentence with their place, and in nothing else", {
  timeout: 180_000,
}, () => {
  expect(outcome(whole, "large")).toMatchObject({ axes: expect.arrayContaining(["sampler", "frames"]) });
  const at = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.record({ at, cut: fc.oneof(fc.constant(0), fc.nat(4)), put: fc.constantFrom("", ...pieces) });
  const ends = { cells: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const text = edits.reduce((before, { at, cut, put }) => {
        const start = Math.floor(at * before.length);
        return before.slice(0, start) + put + before.slice(start + cut);
      }, whole);
      const end = outcome(text);
      if (typeof end === "string") expect(end).toMatch(/^x\.yaml:\d+:\d+: ./);
      else expect(end.cells.length).toBeGreaterThan(0);
      ends[typeof end === "string" ? "refused" : "cells"] += 1;
    }),
    { numRuns: 2000 },
  );
  for (const times of Object.values(ends)) expect(times, JSON.stringify(ends)).toBeGreaterThan(20);
});

test("experiments with mutated bytes are refused as no UTF-8, or end as mutated text does", () => {
  const bytes = Buffer.from(whole);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (changes) => {
        const changed = Buffer.from(bytes);
        for (const [place, byte] of changes) changed[place] = byte;
        try {
          outcome(decodeText(changed, "x.yaml"));
        } catch (thrown) {
          expect(thrown).toMatchObject({
            kind: "input",
            message: expect.stringMatching(/^x\.yaml is not UTF-8: line \d+/),
          });
        }
      },
    ),
    { numRuns: 500 },
  );
});

const words = [
  ...["shift", "linear", "sigmas", "karras", "beta", "join", "preset", "trailing", "leading", "linear-quadratic"],
  ...[
    "grid-shift",
    "hunyuan",
    "wan",
    "exponential",
    "polynomial",
    "mirror",
    "file",
    ":",
    ":",
    "=",
    ",",
    "@",
    "(",
    ")",
    "|",
  ],
  ...[
    "7",
    "0.5",
    ".5",
    "1",
    "0",
    "-1",
    "1e-9",
    "1e400",
    "nan",
    "0,5",
    "1000",
    "757",
    "size",
    "from",
    "to",
    "64x64x9",
    " ",
  ],
];

test("2,000 schedules of any words end in decreasing sigmas or in a sentence with their place", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 60 }),
      (some, steps) => {
        const schedule = JSON.stringify(some.join(""));
        const end = outcome(yaml("x").replace("steps: 1", `steps: ${steps}`).replace("shift:7", schedule));
        if (typeof end === "string") {
          expect(end).toMatch(/^x\.yaml:\d+:\d+: ./);
          return;
        }
        const { sigmas = [] } = end.cells[0] ?? {};
        expect(sigmas).toHaveLength(steps);
        for (const [i, sigma] of sigmas.entries()) {
          expect(sigma > 0 && sigma <= 1 && Math.fround(sigma) === sigma, `${schedule}: ${sigmas}`).toBe(true);
          expect(sigma < (sigmas[i - 1] ?? 2), `${schedule}: ${sigmas}`).toBe(true);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
