/**
 * The CDF of a distribution as a shift function, over a window given by its end slopes or by its ends. The
 * distributions are those of the table in the article behind l1probe (docs/article.md).
 */

import { ProbeError } from "../../errors.ts";
import { type Curve, fromShiftFunction } from "../curve.ts";
import { choice, number, optional } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";
import {
  DISTRIBUTION_NAMES,
  DISTRIBUTIONS,
  type Distribution,
  highestTerminal,
  NARROWEST,
  windowBySlopes,
  windowFromMode,
  windowFunction,
  windowSlopes,
} from "./distributions.ts";

const SOURCE = "the table of distributions in the article behind l1probe (docs/article.md)";

/**
 * With `s` alone the window begins at the mode, and its far end is solved from φ'(1) = 1/s; the terminal slope follows.
 * With `terminal` as well, both ends are solved.
 *
 * Slopes (s, 1/s) require √(f(a)f(b)) to equal the mean of f over the window. The softsign satisfies this for every
 * window on x ≥ 0, so cdf:softsign,s=7 is shift:7. The mean is larger for log-concave densities (logistic, Gaussian,
 * hyperbolic secant), for Cauchy's and for Student's ν = 2, so their terminal slope stays below s; for Student's from
 * the mode it is √s.
 */
export const cdf = scheduleKind({
  name: "cdf",
  summary: "The CDF of any distribution in the article's table, given by its first slope or by both end slopes.",
  formula: "φ(t) = (F(a + (b − a)t) − F(a))/(F(b) − F(a)); a is the mode unless terminal is given",
  slopes: "φ'(1) = 1/s, φ'(0) = terminal, or as follows from s",
  source: SOURCE,
  example: "cdf:logistic,s=7",
  parameters: {
    distribution: choice("the distribution", [...DISTRIBUTION_NAMES, "uniform", "dirac"]),
    s: number("the reciprocal of the first slope φ'(1)", { min: 1e-3, max: 1e4, keyed: true }),
    terminal: optional(number("the last slope φ'(0)", { min: 1e-3, max: 1e4 })),
  },
  build({ distribution: name, s, terminal }) {
    if (name === "dirac")
      throw new ProbeError(
        "input",
        "cdf:dirac is not a schedule: its CDF is a step, so every sigma would be the same.",
      );
    if (s === 1 && (terminal ?? 1) === 1)
      return fromShiftFunction((t) => t, { shift: 1, endSlopes: { start: 1, terminal: 1 } });
    if (name === "uniform")
      throw new ProbeError(
        "input",
        `cdf:uniform has s = ${s}${terminal === null ? "" : `, terminal = ${terminal}`}, but both its slopes are 1; write s=1, or choose another distribution.`,
      );
    const distribution = DISTRIBUTIONS[name];
    return terminal === null ? fromMode(distribution, s) : bySlopes(distribution, 1 / s, terminal);
  },
});

function fromMode(distribution: Distribution, s: number): Curve {
  if (s < 1)
    throw new ProbeError(
      "input",
      `cdf:${distribution.name} has s = ${s}; from the mode the first slope 1/s is at most 1, so use s ≥ 1, or also give a terminal below 1.`,
    );
  const window = windowFromMode(distribution, 1 / s);
  return fromShiftFunction(windowFunction(window), { endSlopes: windowSlopes(window) });
}

function bySlopes(distribution: Distribution, start: number, terminal: number): Curve {
  const [flat, steep] = [Math.min(start, terminal), Math.max(start, terminal)];
  if (flat >= 1)
    throw new ProbeError(
      "input",
      `cdf:${distribution.name} cannot have φ'(1) = ${start} and φ'(0) = ${terminal}: its density is highest in the middle, so one end's slope must be below 1.`,
    );
  const window = windowBySlopes(distribution, flat, steep);
  if (window === null) {
    const end = steep === terminal ? ["φ'(1)", "φ'(0)"] : ["φ'(0)", "φ'(1)"];
    throw new ProbeError(
      "input",
      `cdf:${distribution.name} with ${end[0]} = ${flat} reaches ${end[1]} up to ${highestTerminal(distribution, flat)}, not ${steep}; lower it, or choose a heavier tail: student-t2, cauchy, softsign (which reaches ${1 / flat}).`,
    );
  }
  const phi = windowFunction(window);
  const mirrored = steep !== terminal;
  return fromShiftFunction(mirrored ? (t) => 1 - phi(1 - t) : phi, { endSlopes: { start, terminal } });
}

/** The window [a, b] itself, for those who know the window rather than the slopes. */
export const cdfWindow = scheduleKind({
  name: "cdf-window",
  summary: "The CDF of a distribution over a window given by its ends.",
  formula: "φ(t) = (F(a + (b − a)t) − F(a))/(F(b) − F(a))",
  slopes: "φ'(1) = f(b)(b − a)/(F(b) − F(a)), φ'(0) = f(a)(b − a)/(F(b) − F(a))",
  source: SOURCE,
  example: "cdf-window:logistic,0,4",
  parameters: {
    distribution: choice("the distribution", DISTRIBUTION_NAMES),
    a: number("where the window begins; the mode is 0", { min: -30, max: 30 }),
    b: number("where it ends", { min: -30, max: 30 }),
  },
  build({ distribution: name, a, b }) {
    if (b - a < NARROWEST)
      throw new ProbeError(
        "input",
        `cdf-window's a is ${a}; it must be below b, which is ${b}, by at least ${NARROWEST}.`,
      );
    const window = { distribution: DISTRIBUTIONS[name], a, b };
    return fromShiftFunction(windowFunction(window), { endSlopes: windowSlopes(window) });
  },
});
