import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { choice, number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";
import { ARTICLE_FORMS } from "./g.ts";

/**
 * The article's h(t) = s·arctan(rt)/r with r = √(s² − 1), the integral of s/(1 + r²t²), whose slopes are s and 1/s. But
 * h(1) = s·arctan(r)/r is 1 for s = 1 only, so it needs the same division as g; its slopes then are r/(s²·arctan r) and
 * r/arctan r. The Cauchy window with a given first slope is cdf:cauchy.
 */
export const lorentz = family({
  name: "lorentz",
  summary: "The article's h, an arctangent; no shift function as it stands, one once divided by h(1).",
  formula: "φ(t) = arctan(rt)/arctan(r), r = √(s² − 1)",
  slopes: "φ'(1) = r/(s²·arctan r), φ'(0) = r/arctan r",
  source: "the article, on shift functions",
  example: "lorentz:7,form=normalised",
  parameters: {
    s: number("the shift of which it was to keep the slopes", { min: 1 }),
    form: choice("as it stands (refused), or divided by h(1)", ARTICLE_FORMS, { fallback: "as-is" }),
  },
  build({ s, form }) {
    if (s === 1) return fromShiftFunction((t) => t, { endSlopes: { start: 1, terminal: 1 } });
    const r = Math.sqrt(s * s - 1);
    const slopes = { start: r / (s * s * Math.atan(r)), terminal: r / Math.atan(r) };
    if (form === "as-is")
      throw new ProbeError(
        "input",
        `lorentz:${s} is no shift function: h(1) = s·arctan(r)/r = ${(s * Math.atan(r)) / r}, not 1; write lorentz:${s},form=normalised for h(t)/h(1), whose slopes are φ'(1) = ${slopes.start} and φ'(0) = ${slopes.terminal}, or cdf:cauchy,s=${s} for φ'(1) = 1/${s}.`,
      );
    return fromShiftFunction((t) => Math.atan(r * t) / Math.atan(r), { endSlopes: slopes });
  },
});
