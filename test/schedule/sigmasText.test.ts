import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSigmas, parseSchedule, readSigmas, TEXT_FORMS } from "../../src/schedule/index.ts";

test.each([
  ["json", "[1, 0.5, 0.25]"],
  ["json", "[1, 0.5, 0.25, 0]"],
  ["json", '{"sigmas": [1, 5e-1, 0.25]}'],
  ["csv", "1,0.5,0.25"],
  ["csv", "1\n0.5\n0.25\n0\n"],
  ["csv", '\uFEFF"step","sigma"\r\n0,1\r\n1,.5\r\n2,2.5e-1\r\n'],
  ["csv", "sigma\n1\n\n0.5\n0.25\n,\n"],
  ["csv", "sigma,note\r1,first,\r.5\r0.25,,,"],
  ["csv", 'note,sigma\n"a, ""b""", 1\nc , "0.5" \n"",0.25'],
  ["comfyui", "1, 0.5, 0.25, 0,\n"],
  ["comfyui", "1.0, 0.5, 0.25, 0.0"],
  ["comfyui", "1,0.5,.25,0"],
  ["comfyui", "[1.0 0.5\n0.25 0]"],
] as const)("%s reads %j", (form, text) => {
  expect(readSigmas(text, form, "x")).toStrictEqual([1, 0.5, 0.25]);
});

test.each([
  ["json", "1, 0.5", "x is not JSON"],
  ["json", '{"sigma": [1]}', 'x has the key "sigma"'],
  ["json", '[1, "0.5"]', 'x has "0.5" at index 1'],
  ["json", "[]", "x contains no sigmas"],
  ["json", '{"sigmas": [1], "sigmas": [0.5]}', 'x has the key "sigmas" more than once'],
  ["json", '{"sigmas": [1], "sigm\\u0061s": [0.5]}', 'x has the key "sigmas" more than once'],
  ["csv", "1,0.5\n0.25,0", /x has 2 cells in line 1, .* without a header;/],
  ["csv", "a,b\n1,2", 'x has the header "a,b"'],
  ["csv", "sigma,sigma\n1,2", "2 columns named sigma"],
  ["csv", "sigma\n1,0\n0,5", /x has 2 cells in line 2, more than the 1 of its header \(a decimal comma\?/],
  ["csv", "step,sigma\n0,1\n1,0.5,junk", /x has 3 cells in line 3, more than the 2 of its header;/],
  ["csv", 'step,sigma\n\n0,1\n1,"0,5"', /x has "0,5" as value 1 \(a decimal comma\?/],
  ["csv", 'sigma,note\n1,"a\n0.7,b"\n0.5,c', /x has a quote in line 2 that does not enclose one cell/],
  ["csv", '"1"x\n0.5', /x has a quote in line 1/],
  ["csv", "1\n0,5", /2 cells in line 2, .*decimal comma/],
  ["csv", "1\n0.5,0.25", /2 cells in line 2/],
  ["csv", "step,sigma\n0,1\n1", 'x has "" as value 1'],
  ["csv", "1\nhalf", 'x has "half" as value 1'],
  ["comfyui", "1, 0.5, 1e-3, 0", "x has 1e-3 as value 2, which some ComfyUI nodes read as two numbers; write 0.001"],
  ["comfyui", "1, 0.5, 0.25", "x ends in 0.25, not in 0"],
  ["comfyui", "1; 0.5; 0", 'x has "1;" as value 0'],
  ["comfyui", "", "x contains no sigmas"],
  ["comfyui", "1, , 0.5, 0", 'x has "" as value 1'],
  ["comfyui", ",1, 0.5, 0", 'x has "" as value 0'],
] as const)("%s refuses %j", (form, text, message) => {
  expect(() => readSigmas(text, form, "x")).toThrow(message);
});

test("every format reads back exactly", () => {
  const shifts = fc.double({ min: 0.05, max: 40, noNaN: true });
  fc.assert(
    fc.property(shifts, fc.integer({ min: 1, max: 60 }), fc.constantFrom(...TEXT_FORMS), (s, steps, form) => {
      const values = parseSchedule(`shift:${s}`).sigmas(steps);
      expect(readSigmas(formatSigmas(values, form), form, "x")).toStrictEqual(values);
    }),
  );
});

test("the formats are what other tools expect", () => {
  expect(formatSigmas([1, 0.5], "json")).toBe("[1,0.5]");
  expect(formatSigmas([1, 0.5], "csv")).toBe("step,sigma\n0,1\n1,0.5");
  expect(formatSigmas([1, 2.5e-7], "comfyui")).toBe("1, 0.00000025, 0");
});
