import { ProbeError } from "../../errors.ts";
import { UNIMODAL } from "../distribution/distributions.ts";
import { NARROWEST, windowFunction, windowSlopes } from "../distribution/window.ts";
import { family } from "../grammar/family.ts";
import { choice, number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

const NAMES = ["logistic", "gaussian", "student-t2", "sech", "cauchy", "softsign"] as const;

/** A distribution's CDF over the window [a, b] itself, for those who know the window rather than the slopes. */
export const cdfWindow = family({
  name: "cdf-window",
  summary: "The CDF of a distribution over a window given by its ends.",
  formula: "φ(t) = (F(a + (b − a)t) − F(a))/(F(b) − F(a))",
  slopes: "φ'(1) = f(b)(b − a)/(F(b) − F(a)), φ'(0) = f(a)(b − a)/(F(b) − F(a))",
  source: "the article's table of distributions",
  example: "cdf-window:logistic,0,4",
  parameters: {
    distribution: choice("which row of the table", NAMES),
    a: number("where the window begins; the mode is 0", { min: -30, max: 30 }),
    b: number("where it ends", { min: -30, max: 30 }),
  },
  build({ distribution: name, a, b }) {
    const distribution = UNIMODAL.find((row) => row.name === name);
    if (distribution === undefined || b - a < NARROWEST)
      throw new ProbeError(
        "input",
        `cdf-window's a is ${a}; it must be below b, which is ${b}, by ${NARROWEST} at least.`,
      );
    const window = { distribution, a, b };
    return fromShiftFunction(windowFunction(window), { endSlopes: windowSlopes(window) });
  },
});
