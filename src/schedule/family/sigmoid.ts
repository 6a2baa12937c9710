import { ProbeError } from "../../errors.ts";
import { UNIMODAL } from "../distribution/distributions.ts";
import { holdsMass, NARROWEST, windowFunction, windowSlopes } from "../distribution/window.ts";
import { family } from "../grammar/family.ts";
import { number } from "../grammar/parameter.ts";
import { fromShiftFunction } from "../shape.ts";

const end = { min: -100, max: 100 };

/** The sigmoid noise schedule as a shift function: a logistic CDF between start/τ and end/τ. */
export const sigmoid = family({
  name: "sigmoid",
  summary: "The sigmoid noise schedule as a shift function.",
  formula: "φ(t) = (F(start + (end − start)t) − F(start))/(F(end) − F(start)), F(x) = 1/(1 + e^(−x/τ))",
  slopes: "F'(end) and F'(start) times (end − start)/(F(end) − F(start))",
  source: "Chen 2023, On the Importance of Noise Scheduling (arXiv:2301.10972)",
  example: "sigmoid:start=-3,end=3,tau=1",
  parameters: {
    start: number("where the window begins, at σ = 0", { ...end, fallback: -3 }),
    end: number("where it ends, at σ = 1", { ...end, fallback: 3 }),
    tau: number("τ, the temperature", { min: 0.1, max: 100, fallback: 1 }),
  },
  build({ start, end: stop, tau }) {
    const distribution = UNIMODAL.find(({ name }) => name === "logistic");
    if (distribution === undefined || stop - start < NARROWEST * tau)
      throw new ProbeError(
        "input",
        `sigmoid's start is ${start}; it must be below end, which is ${stop}, by ${NARROWEST}·τ = ${NARROWEST * tau} at least.`,
      );
    const window = { distribution, a: start / tau, b: stop / tau };
    if (!holdsMass(window))
      throw new ProbeError(
        "input",
        `sigmoid's window from ${start} to ${stop} is so far out at τ = ${tau} that the logistic is 0 there; take a window nearer to 0 or a larger tau.`,
      );
    return fromShiftFunction(windowFunction(window), { endSlopes: windowSlopes(window) });
  },
});
