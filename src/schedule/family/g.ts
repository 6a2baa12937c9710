import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { choice, number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

/** Whether a function of the article is taken as it stands, or divided by its value at 1. */
export const ARTICLE_FORMS = ["as-is", "normalised"] as const;

/**
 * The article's g(t) = s²t(1 + (s − 1)t/2)/(1 + (s − 1)t)², the integral of s²/(1 + (s − 1)t)³. As it stands it is no
 * shift function: g(1) = (s + 1)/2, and g'(0) is s², not s. Divided by g(1) it is one, with slopes 2/(s(s + 1)) and
 * 2s²/(s + 1): the CDF of a density that falls as x⁻³.
 */
export const g = family({
  name: "g",
  summary: "The article's g; no shift function as it stands, one once divided by g(1).",
  formula: "φ(t) = g(t)/g(1), g(t) = s²·t·(1 + (s − 1)t/2)/(1 + (s − 1)t)²",
  slopes: "φ'(1) = 2/(s(s + 1)), φ'(0) = 2s²/(s + 1)",
  source: "the article, on shift functions",
  example: "g:7,form=normalised",
  parameters: {
    s: number("the shift of which it was to keep the slopes", { min: 0, open: "min" }),
    form: choice("as it stands (refused), or divided by g(1)", ARTICLE_FORMS, { fallback: "as-is" }),
  },
  build({ s, form }) {
    const end = (s + 1) / 2;
    const slopes = { start: 1 / (s * end), terminal: (s * s) / end };
    if (form === "as-is" && s !== 1)
      throw new ProbeError(
        "input",
        `g:${s} is no shift function: g(1) = (s + 1)/2 = ${end}, not 1 (and g'(0) = s² = ${s * s}, not s); write g:${s},form=normalised for g(t)/g(1), whose slopes are φ'(1) = ${slopes.start} and φ'(0) = ${slopes.terminal}.`,
      );
    return fromShiftFunction((t) => (s * s * t * (1 + ((s - 1) * t) / 2)) / (1 + (s - 1) * t) ** 2 / end, {
      endSlopes: slopes,
    });
  },
});
