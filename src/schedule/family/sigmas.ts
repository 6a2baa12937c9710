import { checkSigmas } from "../check.ts";
import { family } from "../grammar/family.ts";
import { numbers } from "../grammar/parameter.ts";
import { fromValues } from "../shape.ts";

/** A schedule written out; it fixes its own number of steps, and no 0 stands at its end. */
export const sigmas = family({
  name: "sigmas",
  summary: "The values themselves, without the terminal 0; they fix the number of steps.",
  formula: "σᵢ as written",
  slopes: "those of the values",
  source: "-",
  example: "sigmas:1,.75,.5,.25",
  parameters: { values: numbers("the sigmas, falling from (0, 1]") },
  build: ({ values }) => {
    checkSigmas(values, "sigmas");
    return fromValues(values);
  },
});
