import { expect, test } from "vitest";
import { expandSource, readSource } from "../../src/experiment/source.ts";

const refusal = (yaml: string, profile?: string): string => {
  try {
    expandSource(readSource(yaml, "x.yaml"), { profile });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was refused";
};

const base = "base: { prompt: x, height: 64, width: 64, frames: 9, steps: 4, schedule: linear }";

test.each([
  [
    "an unknown key",
    "name: a\nbase:\n  stpes: 4\n",
    /^x\.yaml:3:3: base\.stpes is not a known key \(did you mean steps\?\)\.$/,
  ],
  [
    "a wrong type",
    "name: a\nbase:\n  height: ten\n",
    /^x\.yaml:3:3: base\.height is "ten"; it must be a whole number of pixels from 1\.$/,
  ],
  [
    "an empty axis",
    `name: a\n${base}\ngrid:\n  seed: []\n`,
    /^x\.yaml:4:3: grid\.seed is \[\]; it must be a list of at least one value\.$/,
  ],
  [
    "one value of an axis",
    `name: a\n${base}\ngrid:\n  seed: [1,\n    -2]\n`,
    /^x\.yaml:5:5: grid\.seed\[1\] is -2; it must be a whole number from 0 to 2\^32 - 1\.$/,
  ],
  ["a key twice", "name: a\nbase: {}\nname: b\n", /^x\.yaml:3:1: The key name is written twice; keep one\.$/],
  [
    "a scalar for a list",
    `name: a\n${base}\ngrid: { seed: 3 }\n`,
    /^x\.yaml:3:9: grid\.seed is 3; it must be a list of values\.$/,
  ],
  ["broken YAML", "name: [a\n", /^x\.yaml:\d+:\d+: /],
  [
    "a schedule",
    `name: a\n${base}\ngrid:\n  schedule:\n    - shift:7\n    - shfit:7\n`,
    /^x\.yaml:6:7: grid\.schedule\[1\]: There is no schedule shfit/,
  ],
  [
    "a sigma",
    `name: a\n${base}\ngrid:\n  schedule:\n    - sigmas: [1, 0.5,\n        0.75]\n`,
    /^x\.yaml:6:9: grid\.schedule\[0\]\.sigmas\[2\] is 0\.75, not below/,
  ],
  [
    "an unquoted short form with a comma",
    `name: a\n${base}\ngrid: { schedule: [sigmas:1,0.5] }\n`,
    /^x\.yaml:3:29: grid\.schedule\[1\] is 0\.5; it must be a short form.*in quotes .*comma/,
  ],
  [
    "what is missing, at the part that lacks it",
    "name: a\nbase: { prompt: x }\n",
    /^x\.yaml:2:1: base\.height is missing/,
  ],
  [
    "a number for a text",
    `name: a\nbase:\n  prompt: 12\n`,
    /^x\.yaml:3:3: base\.prompt is 12; it must be text, in quotes/,
  ],
  ["no experiment at all", "", /^x\.yaml:1:1: The experiment is null; it must be a map/],
  ["a tag of another program", "name: !python/object a\n", /^x\.yaml:1:7: Unresolved tag/],
  [
    "infinity",
    "name: a\nbase:\n  true_cfg_scale: .inf\n",
    /^x\.yaml:3:3: base\.true_cfg_scale is Infinity; it must be a number of at least 1/,
  ],
])("%s is refused with its line and column", (_, yaml, message) => {
  expect(refusal(yaml)).toMatch(message);
});

test("a fault in a profile is found at the profile", () => {
  const yaml = `name: a\n${base}\nprofiles:\n  large:\n    true_cfg_scale: 6\n`;
  expect(refusal(yaml)).toBe("nothing was refused");
  expect(refusal(yaml, "large")).toMatch(/^x\.yaml:5:5: profiles\.large\.true_cfg_scale is 6 .*negative_prompt/);
});

test("all schema errors are reported together", () => {
  expect(refusal("name: a\nbase: { stpes: 1, height: 0 }\ngrid: { seed: [] }\n").split("\n")).toHaveLength(3);
});

test("values written once and used twice through an anchor are read", () => {
  const yaml = `name: a\nbase: &all { prompt: x, height: 64, width: 64, frames: 9, steps: 4, schedule: linear }\nprofiles:\n  same: *all\n`;
  expect(expandSource(readSource(yaml, "x.yaml"), { profile: "same" }).cells).toHaveLength(1);
});
