import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, nearest } from "../src/nearest.ts";

const names = ["steps", "schedule", "frames", "height", "width", "seed", "negative_prompt", "true_cfg_scale"];

test("one slip of the finger finds the name", () => {
  expect(nearest("stpes", names)).toBe("steps");
  expect(nearest("step", names)).toBe("steps");
  expect(nearest("Frames", names)).toBe("frames");
  expect(nearest("neg_prompt", names)).toBe("negative_prompt");
  expect(didYouMean("heigth", names)).toBe(" (did you mean height?)");
});

test("a word that is like none of them finds none", () => {
  expect(nearest("colour", names)).toBeUndefined();
  expect(didYouMean("colour", names)).toBe("");
});

test("every name is nearest to itself, and to itself without any one letter", () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), (name, at) => {
      const index = at % name.length;
      expect(nearest(name, names)).toBe(name);
      expect(nearest(name.slice(0, index) + name.slice(index + 1), names)).toBe(name);
    }),
  );
});
