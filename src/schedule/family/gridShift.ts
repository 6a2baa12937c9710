import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromSteps } from "../shape.ts";

const end = { min: 0, max: 1, keyed: true } as const;

/**
 * The flow shift of an even grid that does not run from 1 to 0, as multistep solvers have it: N points from `from`
 * towards `to`, which is left out, each shifted. Wan's own UniPC takes .999 to 0; diffusers' UniPC 1 to .001, and moves
 * a first σ of 1 by 1e-6, because its solver takes a logarithm there. `shift:s` is that of 1 to 0.
 */
export const gridShift = family({
  name: "grid-shift",
  summary: "The flow shift of a grid that does not run from 1 to 0: the multistep solvers of Wan and of diffusers.",
  formula: "σᵢ = S(s, from + (to − from)·i/N), S the flow shift",
  slopes: "φ'(1) = (from − to)·S'(from), φ'(0) = (from − to)·S'(to), S'(x) = s/(1 + (s − 1)x)²",
  source: "Wan2.1's fm_solvers_unipc; diffusers UniPCMultistepScheduler, use_flow_sigmas",
  example: "grid-shift:5,from=1,to=.001",
  parameters: {
    s: number("the shift", { min: 0, open: "min" }),
    from: number("where the grid begins", { ...end, open: "min" }),
    to: number("where it would end", { ...end, open: "max" }),
  },
  build({ s, from, to }) {
    if (from <= to) throw new ProbeError("input", `grid-shift's from is ${from}; it must be above to, which is ${to}.`);
    return fromSteps((index, steps) => {
      const t = from + index * ((to - from) / steps);
      return t === 1 ? 1 : (s * t) / (1 + (s - 1) * t);
    });
  },
});
