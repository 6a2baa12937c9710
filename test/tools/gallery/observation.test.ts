import { describe, expect, test } from "vitest";
import { gallery } from "../../../tools/gallery/gallery.ts";
import type { MeasuredCell } from "../../../tools/gallery/measured.ts";
import { cellsOf, claim, falls, percent, rises, said } from "../../../tools/gallery/observation.ts";
import { measured } from "./committed.ts";

/** Cells whose curves neither rise nor fall and are largest in their middle. */
function flat(cells: readonly MeasuredCell[]): MeasuredCell[] {
  const at = (fraction: number) => ({ value: 1, fraction, elapsed: 1000 * fraction });
  const curve = { first: at(0.1), minimum: at(0.2), maximum: at(0.7), last: at(0.9), total: 10 };
  const size = { first: 1, second: 1, least: 1, last: 1 };
  return cells.map((cell) => ({
    ...cell,
    cond: curve,
    cfg: curve,
    latent: curve,
    latentWithStepSize: 0,
    meanAbs: { latent: size, cond: size, cfg: size },
  }));
}

describe.each(gallery)("$name", (observation) => {
  const cells = measured[observation.name]?.cells ?? [];

  test("says two or three sentences, and of which model", () => {
    const text = observation.shows(cellsOf(observation.name, cells), () => null);
    expect(text).toMatch(observation.ownModels ? /^On random weights/ : /^On the bundled model,? /);
    expect(text.match(/[.](?= |$)/g)?.length).toBeGreaterThanOrEqual(2);
    expect(text.match(/[.](?= |$)/g)?.length).toBeLessThanOrEqual(3);
    expect(text).not.toMatch(/NaN|undefined|null/);
  });

  test("is refused when the numbers contradict it", () => {
    expect(() => observation.shows(cellsOf(observation.name, flat(cells)), () => null)).toThrow(
      /contradict this sentence/,
    );
  });
});

test("cells are found by their values, and only one", () => {
  const { at } = cellsOf("steps", measured.steps?.cells ?? []);
  expect(at({ steps: 20 }).label).toBe("step=20, shift=7.0, frame=9");
  expect(() => at({ steps: 21 })).toThrow(/0 cells with {"steps":21}/);
  expect(() => at({})).toThrow(/5 cells with {}/);
});

test("a claim is its sentence or an error", () => {
  expect(claim(true, "It is so.")).toBe("It is so.");
  expect(() => claim(false, "It is so.")).toThrow('"It is so."');
});

test("numbers in sentences are short", () => {
  expect([0.10612, 1.2, 562.5].map(said)).toEqual(["0.106", "1.20", "563"]);
  expect([0.35123, 0.0064].map(percent)).toEqual(["35 %", "0.64 %"]);
  expect([falls([3, 2, 1]), falls([3, 3]), rises([1, 2]), rises([1, 1])]).toEqual([true, false, true, false]);
});
