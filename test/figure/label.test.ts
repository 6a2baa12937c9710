import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../../src/experiment/cell.ts";
import { labels } from "../../src/figure/label.ts";
import { quickstartCells, syntheticCell } from "../analysis/synthetic.ts";

const identified = (cells: readonly Cell[]) => cells.map((cell, i) => ({ cellId: `c${i}`, cell }));

describe("labels", () => {
  test("say what varies, in the experiment's order, and nothing that all cells share", () => {
    expect(labels(identified(quickstartCells), ["steps", "schedule"])).toEqual([
      "10 steps · linear",
      "10 steps · shift:7",
      "20 steps · linear",
      "20 steps · shift:7",
    ]);
    const cells = [0, 1].flatMap((seed) => ["euler", "heun"].map((sampler) => syntheticCell({ seed, sampler })));
    expect(labels(identified(cells), ["sampler", "seed"])[3]).toBe("heun · seed 1");
  });

  test("are steps and schedule if nothing varies", () => {
    expect(labels(identified([syntheticCell()]), [])).toEqual(["10 steps · linear"]);
  });

  test("write a size as one value if height and width vary", () => {
    const cells = [64, 96].map((side) => syntheticCell({ height: side, width: 2 * side }));
    expect(labels(identified(cells), ["height", "width"])).toEqual(["64×128", "96×192"]);
  });

  test("shorten models to what follows the last slash if that is unique, and leave out axes of the model's factor", () => {
    const of = (...models: string[]) => {
      const cells = models.map((model, i) => syntheticCell({ model, height: 64 + 32 * i }));
      return labels(identified(cells), ["model", "height"]);
    };
    expect(of("hunyuanvideo-community/HunyuanVideo", "hunyuanvideo-community/HunyuanVideo-I2V")).toEqual([
      "HunyuanVideo",
      "HunyuanVideo-I2V",
    ]);
    expect(of("one/tiny", "two/tiny/")).toEqual(["one/tiny", "two/tiny/"]);
    expect(of("random:tiny-wan", "random:tiny-sd3")).toEqual(["random:tiny-wan", "random:tiny-sd3"]);
  });

  test("number long prompts with equal beginnings", () => {
    const start = "a photo of an astronaut riding a horse on ";
    const cells = ["Mars", "the Moon"].map((place) => syntheticCell({ prompt: start + place }));
    expect(labels(identified(cells), ["prompt"])).toEqual(["#1", "#2"]);
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
