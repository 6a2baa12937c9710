import { erf } from "../math/erf.ts";
import { normalDensity, normalTail } from "../math/normal.ts";
import type { Distribution } from "./distribution.ts";

/** F = 1/(1 + e^(−x)); article: tanh(x/2). */
const logistic: Distribution = {
  name: "logistic",
  density: (x) => 0.25 / Math.cosh(x / 2) ** 2,
  half: (x) => Math.tanh(x / 2) / 2,
  tail: (x) => 1 / (1 + Math.exp(x)),
  reach: 300,
};

/** F = ½(1 + erf(x/√2)). */
const gaussian: Distribution = {
  name: "gaussian",
  density: normalDensity,
  half: (x) => erf(x / Math.SQRT2) / 2,
  tail: normalTail,
  reach: 30,
};

/** Student's t with ν = 2 in the article's scale, F = ½(1 + x/√(1 + x²)); its density falls as x⁻³. */
const studentT2: Distribution = {
  name: "student-t2",
  density: (x) => 0.5 * (1 + x * x) ** -1.5,
  half: (x) => x / (2 * Math.hypot(1, x)),
  tail: (x) => 0.5 / (Math.hypot(1, x) * (Math.hypot(1, x) + x)),
  reach: 1e5,
};

/** The hyperbolic secant, F = ½(1 + (2/π)·gd(πx/2)), f = ½·sech(πx/2). */
const sech: Distribution = {
  name: "sech",
  density: (x) => 0.5 / Math.cosh((Math.PI / 2) * x),
  half: (x) => (2 / Math.PI) * Math.atan(Math.tanh((Math.PI / 4) * x)),
  tail: (x) => (2 / Math.PI) * Math.atan(Math.exp((-Math.PI / 2) * x)),
  reach: 200,
};

/** Cauchy's, also called Lorentz's, F = ½ + arctan(x)/π; its density falls as x⁻². */
const cauchy: Distribution = {
  name: "cauchy",
  density: (x) => 1 / (Math.PI * (1 + x * x)),
  half: (x) => Math.atan(x) / Math.PI,
  tail: (x) => Math.atan2(1, x) / Math.PI,
  reach: 1e5,
};

/** F = ½(1 + x/(1 + |x|)), f = 1/(2(1 + |x|)²): every window on x ≥ 0 has end slopes (s, 1/s), and is a flow shift. */
const softsign: Distribution = {
  name: "softsign",
  density: (x) => 0.5 / (1 + Math.abs(x)) ** 2,
  half: (x) => x / (2 * (1 + x)),
  tail: (x) => 0.5 / (1 + x),
  reach: 0,
};

/** Rows of the article's table whose density falls from its mode, and so can begin steep and end flat. */
export const UNIMODAL: readonly Distribution[] = [logistic, gaussian, studentT2, sech, cauchy, softsign];
