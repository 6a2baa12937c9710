import { ProbeError } from "../../errors.ts";
import type { Distribution } from "../distribution/distribution.ts";
import { UNIMODAL } from "../distribution/distributions.ts";
import {
  highestTerminal,
  windowBySlopes,
  windowFromMode,
  windowFunction,
  windowSlopes,
} from "../distribution/window.ts";
import { family } from "../grammar/family.ts";
import { choice, number, optional } from "../grammar/parameter.ts";
import { fromShiftFunction, type Shape } from "../shape.ts";

/** The eight rows of the article's table. */
const NAMES = ["logistic", "gaussian", "student-t2", "sech", "cauchy", "softsign", "uniform", "dirac"] as const;

const LINEAR = fromShiftFunction((t) => t, { shift: 1, endSlopes: { start: 1, terminal: 1 } });

/**
 * Any distribution's CDF as a shift function, over a window [a, b] of it. With `s` alone the window begins at the mode
 * and its far end is solved from φ'(1) = 1/s; the terminal slope follows. With `terminal` as well both ends are solved.
 *
 * Slopes (s, 1/s) need √(f(a)f(b)) to be the mean of f over the window. The softsign has that for every window on
 * x ≥ 0, so cdf:softsign,s=7 is shift:7. The mean is above it for log-concave densities (logistic, Gaussian, hyperbolic
 * secant), for Cauchy's, and for Student's ν = 2: there the terminal slope stays below s, and is √s for Student's from
 * its mode.
 */
export const cdf = family({
  name: "cdf",
  summary: "The CDF of any distribution of the article's table, by its first slope or by both.",
  formula: "φ(t) = (F(a + (b − a)t) − F(a))/(F(b) − F(a)); a the mode unless terminal is given",
  slopes: "φ'(1) = 1/s, φ'(0) = terminal, or what follows from s",
  source: "the article's table of distributions",
  example: "cdf:logistic,s=7",
  parameters: {
    distribution: choice("which row of the table", NAMES),
    s: number("1 over the first slope φ'(1)", { min: 1e-3, max: 1e4, keyed: true }),
    terminal: optional(number("the last slope φ'(0)", { min: 1e-3, max: 1e4 })),
  },
  build({ distribution: name, s, terminal }) {
    if (name === "dirac")
      throw new ProbeError("input", "cdf:dirac is no schedule: its CDF is a step, so every sigma would be the same.");
    const distribution = UNIMODAL.find((row) => row.name === name);
    if (s === 1 && (terminal ?? 1) === 1) return LINEAR;
    if (distribution === undefined)
      throw new ProbeError(
        "input",
        `cdf:${name} has the slopes 1 and 1 alone, so s = ${s} cannot be had; write s=1, or take another distribution.`,
      );
    return terminal === null ? fromMode(distribution, s) : bySlopes(distribution, 1 / s, terminal);
  },
});

function fromMode(distribution: Distribution, s: number): Shape {
  if (s < 1)
    throw new ProbeError(
      "input",
      `cdf:${distribution.name} has s = ${s}; from the mode the first slope 1/s is at most 1, so take s ≥ 1, or give terminal below 1 too.`,
    );
  const window = windowFromMode(distribution, 1 / s);
  return fromShiftFunction(windowFunction(window), { endSlopes: windowSlopes(window) });
}

function bySlopes(distribution: Distribution, start: number, terminal: number): Shape {
  const [flat, steep] = [Math.min(start, terminal), Math.max(start, terminal)];
  if (flat >= 1)
    throw new ProbeError(
      "input",
      `cdf:${distribution.name} cannot have φ'(1) = ${start} and φ'(0) = ${terminal}: its density is highest in the middle, so one end's slope is below 1.`,
    );
  const window = windowBySlopes(distribution, flat, steep);
  if (window === null) {
    const end = steep === terminal ? ["φ'(1)", "φ'(0)"] : ["φ'(0)", "φ'(1)"];
    throw new ProbeError(
      "input",
      `cdf:${distribution.name} with ${end[0]} = ${flat} reaches ${end[1]} up to ${highestTerminal(distribution, flat)}, not ${steep}; lower it, or take a heavier tail: student-t2, cauchy, softsign (which reaches ${1 / flat}).`,
    );
  }
  const phi = windowFunction(window);
  const turned = steep !== terminal;
  return fromShiftFunction(turned ? (t) => 1 - phi(1 - t) : phi, { endSlopes: { start, terminal } });
}
