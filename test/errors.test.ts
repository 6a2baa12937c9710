import fc from "fast-check";
import { expect, test } from "vitest";
import { didYouMean, nearest, ProbeError, printable } from "../src/errors.ts";

test("an error's message never carries what a terminal would obey or hide", () => {
  const nasty = fc.constantFrom(
    "\u001b[2J",
    "\r",
    "\u0000",
    "\u0085",
    "\u2028",
    "\u2029",
    "\u202e",
    "\ufeff",
    "\ud83d",
    "\u{e0041}",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(nasty, fc.string({ unit: "binary" })), { minLength: 1, maxLength: 8 }), (parts) => {
      const { message } = new ProbeError("input", parts.join("\n"));
      expect(message).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    }),
  );
  expect(printable("a \u001b[2J b\u2028c")).toBe("a \\u001b[2J b\\u2028c");
});

test("text of any script, marks, emoji and line feeds stay as they are in a message", () => {
  for (const text of ["é 赤い円\nالعربية", "👩‍".slice(0, 2), "a — b … σ √ 𝜎", "e\u0301"])
    expect(printable(text)).toBe(text);
});

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
