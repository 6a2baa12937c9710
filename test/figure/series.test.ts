import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/experiment/cell.ts";
import { cellLabel, labels } from "../../src/figure/series.ts";
import { quickstartCells, syntheticCell } from "../analysis/synthetic.ts";

const identified = (cells: readonly Cell[]) => cells.map((cell, i) => ({ cellId: `c${i}`, cell }));

describe("labels", () => {
  test("have the form step=, shift=, frame= for the quickstart", () => {
    expect(labels(identified(quickstartCells), ["steps", "schedule"])).toEqual([
      "step=10, shift=1.0, frame=9",
      "step=10, shift=7.0, frame=9",
      "step=20, shift=1.0, frame=9",
      "step=20, shift=7.0, frame=9",
    ]);
  });

  test("name the schedule if no shift gives the same sigmas", () => {
    const cell = syntheticCell({ schedule: "linear-quadratic:threshold=0.125", shift: null });
    expect(cellLabel(cell)).toBe("step=10, linear-quadratic:threshold=0.…, frame=9");
  });

  test("append other swept axes, in the experiment's order", () => {
    const cells = [0, 1].flatMap((seed) => ["euler", "heun"].map((sampler) => syntheticCell({ seed, sampler })));
    expect(labels(identified(cells), ["sampler", "seed"])[3]).toBe("step=10, shift=1.0, frame=9, sampler=heun, seed=1");
  });

  test("append the schedule if one decimal of the shift hides a difference", () => {
    const cells = [7, 7.04].map((shift) => syntheticCell({ shift, schedule: `shift:${shift}` }));
    expect(labels(identified(cells), ["schedule"])).toEqual([
      "step=10, shift=7.0, frame=9, schedule=shift:7",
      "step=10, shift=7.0, frame=9, schedule=shift:7.04",
    ]);
  });

  test("shorten models to what follows the last slash if that is unique, and leave out axes of the model's factor", () => {
    const of = (...models: string[]) => {
      const cells = models.map((model, i) => syntheticCell({ model, height: 64 + 32 * i }));
      return labels(identified(cells), ["model", "height"]).map((label) => label.split("frame=9, ")[1]);
    };
    expect(of("hunyuanvideo-community/HunyuanVideo", "hunyuanvideo-community/HunyuanVideo-I2V")).toEqual([
      "model=HunyuanVideo",
      "model=HunyuanVideo-I2V",
    ]);
    expect(of("one/tiny", "two/tiny/")).toEqual(["model=one/tiny", "model=two/tiny/"]);
    expect(of("random:tiny-wan", "random:tiny-sd3")).toEqual(["model=random:tiny-wan", "model=random:tiny-sd3"]);
  });

  test("number long prompts with equal beginnings", () => {
    const start = "a photo of an astronaut riding a horse on ";
    const cells = ["Mars", "the Moon"].map((place) => syntheticCell({ prompt: start + place }));
    expect(labels(identified(cells), ["prompt"]).map((label) => label.split("prompt=")[1])).toEqual(["#1", "#2"]);
  });

  test("differ for cells that differ on a swept axis", () => {
    const cell = fc.record({
      steps: fc.constantFrom(5, 10),
      shift: fc.constantFrom(1, 7, 7.01, null),
      frames: fc.constantFrom(1, 9),
      seed: fc.nat(2),
      prompt: fc.constantFrom("a", "b".repeat(40), `${"b".repeat(40)}c`),
      negative_prompt: fc.constantFrom(null, "", "none"),
    });
    fc.assert(
      fc.property(fc.uniqueArray(cell, { maxLength: 10, selector: (made) => JSON.stringify(made) }), (changes) => {
        const cells = changes.map((change) => syntheticCell({ ...change, schedule: `s${change.shift}` }));
        const axes = ["steps", "schedule", "frames", "seed", "prompt", "negative_prompt"];
        expect(new Set(labels(identified(cells), axes)).size).toBe(cells.length);
      }),
    );
  });
});
