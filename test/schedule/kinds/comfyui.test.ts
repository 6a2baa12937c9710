import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

interface Case {
  readonly scheduler: string;
  readonly shift: number;
  readonly steps: number;
  readonly sigmas: readonly number[];
}

const { cases } = golden<{ cases: readonly Case[] }>("comfyui");

function run(spec: string, steps: number): readonly number[] {
  return parseSchedule(spec).sigmas(steps);
}

describe.each(cases.map((one) => [`${one.scheduler} at shift ${one.shift}, ${one.steps} steps`, one] as const))(
  "%s",
  (_, { scheduler, shift, steps, sigmas }) => {
    test("is ComfyUI's to 1e-6, or is refused with the number of sigmas that ComfyUI runs", () => {
      if (sigmas.length === steps)
        return expect(farthest(run(`comfy:${scheduler},shift=${shift}`, steps), sigmas)).toBeLessThan(1e-6);
      expect(() => run(`comfy:${scheduler},shift=${shift}`, steps)).toThrow(
        new RegExp(`runs ${sigmas.length} sigmas .* ${steps} steps`),
      );
      const fixed = run(`comfy:${scheduler},shift=${shift},steps=${steps}`, sigmas.length);
      expect(farthest(fixed, sigmas)).toBeLessThan(1e-6);
    });
  },
);

test("the values that ComfyUI prints", () => {
  const last = (spec: string, steps: number, count: number): readonly number[] => run(spec, steps).slice(-count);
  const near = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 6));
  expect(last("comfy:simple,shift=8", 30, 3)).toStrictEqual(near([0.470588, 0.364874, 0.219709]));
  expect(last("comfy:beta,shift=8", 20, 1)).toStrictEqual(near([0.102004]));
  expect(last("comfy:ddim_uniform,shift=8", 20, 1)).toStrictEqual(near([0.015779]));
  expect(run("comfy:ddim_uniform,shift=8", 20)[0]).toBeCloseTo(0.993737, 6);
});

test("sgm_uniform is the grid shift down to the table's lowest sigma", () => {
  const grid = run("grid-shift:8,from=1,to=.0079443893", 25);
  expect(farthest(run("comfy:sgm_uniform,shift=8", 25), grid)).toBeLessThan(1e-6);
});

test("only schedulers that choose their number of sigmas take the steps set in ComfyUI", () => {
  expect(() => run("comfy:karras,shift=3,steps=20", 20)).toThrow("leave steps out");
  expect(run("comfy:ddim_uniform,shift=8,steps=30", 31)).toHaveLength(31);
});
