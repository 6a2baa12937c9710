import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { choice } from "../grammar/parameter.ts";
import { throughPoints } from "../points.ts";
import { fromShiftFunction, type Shape, toLastSigma } from "../shape.ts";

/** Piecewise linear in ln σ from the first to the last sigma, both kept. */
function logLinear(sigmas: readonly number[]): Shape {
  const last = sigmas.length - 1;
  return toLastSigma((u) => {
    const index = Math.min(Math.floor(u * last), last - 1);
    const [from = 0, to = from] = sigmas.slice(Math.max(0, index), index + 2);
    return from * (to / from) ** (u * last - index);
  });
}

/** A list of sigmas for any N. `pchip` runs through them and the terminal 0; `log-linear` keeps the first and the last. */
export const resample = family({
  name: "resample",
  summary: "A list of sigmas (sigmas:, file:) resampled to any N.",
  formula: "pchip: the monotone cubic through (1 − i/K, σᵢ) and (0, 0); log-linear: ln σ at i/(N − 1)",
  slopes: "those of the list",
  source: "Fritsch & Butland 1984; Align Your Steps' log-linear interpolation (arXiv:2404.14507)",
  example: "resample:pchip+sigmas:1,.9,.6,.3",
  parameters: { method: choice("how", ["pchip", "log-linear"], { fallback: "pchip" }) },
  operands: 1,
  build({ method }, [operand]) {
    if (operand.fixedSteps === null)
      throw new ProbeError(
        "input",
        `resample has ${operand.spec} behind it, which has any number of steps already; leave resample out.`,
      );
    const sigmas = operand.exact(operand.fixedSteps);
    if (method === "pchip") return fromShiftFunction(throughPoints(sigmas));
    if (sigmas.length < 2)
      throw new ProbeError("input", `resample:log-linear needs two sigmas or more; ${operand.spec} has one.`);
    return logLinear(sigmas);
  },
});
