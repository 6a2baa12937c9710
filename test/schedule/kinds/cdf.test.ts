import { expect, test } from "vitest";
import { parseSchedule } from "../../../src/schedule/index.ts";
import { farthest, golden } from "../golden.ts";

interface Windows {
  steps: number;
  cases: { spec: string; terminal: number; sigmas: number[] }[];
}

const { steps, cases } = golden<Windows>("cdf-windows");

test.each(cases)("$spec agrees with 40-digit arithmetic to 1e-12", ({ spec, terminal, sigmas }) => {
  const schedule = parseSchedule(spec);
  expect(farthest(schedule.exact(steps), sigmas)).toBeLessThan(1e-12);
  expect(schedule.endSlopes?.terminal).toBeCloseTo(terminal, 10);
});

test.each([1.5, 7, 17])("the flow shift is the softsign's CDF: s = %s", (s) => {
  expect(farthest(parseSchedule(`cdf:softsign,s=${s}`).exact(50), parseSchedule(`shift:${s}`).exact(50))).toBeLessThan(
    1e-14,
  );
  expect(parseSchedule(`cdf:softsign,s=${s},terminal=${s}`).exact(50)).toHaveLength(50);
});

test("the uniform is linear, and s = 1 is linear for every distribution", () => {
  for (const spec of ["cdf:uniform,s=1", "cdf:uniform,s=1,terminal=1", "cdf:gaussian,s=1"])
    expect(parseSchedule(spec).exact(10)).toStrictEqual(parseSchedule("linear").exact(10));
});

test("a steeper first slope than last is the same window mirrored", () => {
  const there = parseSchedule("cdf:logistic,s=4,terminal=1.5").exact(20);
  const back = parseSchedule("reverse+cdf:logistic,s=0.6666666666666666,terminal=.25").exact(20);
  expect(farthest(there, back)).toBeLessThan(1e-12);
});

test.each([
  ["cdf:dirac,s=7", "its CDF is a step"],
  ["cdf:uniform,s=7", "has s = 7, but both its slopes are 1"],
  ["cdf:gaussian,s=.5", "use s ≥ 1, or also give a terminal below 1"],
  ["cdf:logistic,s=7,terminal=7", "reaches φ'(0) up to 3.27512"],
  ["cdf:softsign,s=7,terminal=7.1", "reaches φ'(0) up to 7, not 7.1"],
  ["cdf:cauchy,s=.5,terminal=2", "one end's slope must be below 1"],
  ["cdf:logistic,s=.2,terminal=.2", "reaches φ'(1) up to"],
  ["cdf:logistc,s=7", "did you mean logistic?"],
  ["cdf:logistic", "cdf needs s"],
  ["cdf-window:cauchy,3,3", "it must be below b"],
])("%s is refused, naming what is possible", (spec, message) => {
  expect(() => parseSchedule(spec)).toThrow(message);
});
