import { expect, test } from "vitest";
import { override } from "../../src/experiment/override.ts";
import { expandSource, readSource } from "../../src/experiment/source.ts";

const text = `# a question
name: a
base: { prompt: x, height: 64, width: 64, frames: 9, steps: 4, schedule: linear } # of every cell
grid:
  seed: [0, 1]
profiles:
  large: { height: 128, steps: 6 }
`;
const set = (settings: readonly string[], profile?: string) => override(readSource(text, "a.yaml"), settings, profile);
const cells = (settings: readonly string[], profile?: string) =>
  expandSource(set(settings, profile), { profile }).cells.map(({ seed, steps, height, schedule }) =>
    [seed, steps, height, schedule].join(" "),
  );

test.each([
  [["steps=[4,8]"], undefined, ["0 4 64 linear", "0 8 64 linear", "1 4 64 linear", "1 8 64 linear"]],
  [["seed=3"], undefined, ["3 4 64 linear"]],
  [["grid.seed=[7]", "base.height=32"], undefined, ["7 4 32 linear"]],
  [["grid.seed[1]=5"], undefined, ["0 4 64 linear", "5 4 64 linear"]],
  [["seed=0", "steps=2"], "large", ["0 2 128 linear"]],
  [["schedule=shift:7", "seed=0"], undefined, ["0 4 64 shift:7"]],
  [['schedule=["karras:sigma_max=80", linear]', "seed=0"], undefined, undefined],
] as const)("--set %j with profile %s", (settings, profile, expected) => {
  if (expected === undefined) expect(set(settings, profile).text).toContain("schedule: [");
  else expect(cells(settings, profile)).toEqual(expected);
});

test("comments stay, and a list of sigmas is a value as any other", () => {
  const { text: changed } = set(["schedule={sigmas: [1, 0.5]}", "base.steps=2"]);
  expect(changed).toMatch(/^# a question\n/);
  expect(changed).toContain("# of every cell");
  expect(expandSource(readSource(changed, "b.yaml")).cells[0]?.sigmas).toEqual([1, 0.5]);
});

test("an experiment without settings is what it was", () => {
  expect(set([]).text).toBe(text);
});

test.each([
  ["steps", /--set steps: it must be KEY=VALUE/],
  ["=3", /--set =3: it must be KEY=VALUE/],
  ["sede=3", /--set sede=3: sede is neither a key of an experiment .* nor of a cell .*seed/],
  ["steps=[4", /--set steps=\[4: the value is not YAML: /],
  ["base.prompt.x=1", /--set base\.prompt\.x=1: /],
  ["base.sede=3", /a\.yaml with --set:\d+:\d+: base\.sede is not a known key \(did you mean seed\?\)/],
  ["base.seed=-1", /base\.seed is -1; it must be a whole number/],
])("--set %s is refused with a sentence", (setting, message) => {
  expect(() => expandSource(set([setting]))).toThrow(message);
});
