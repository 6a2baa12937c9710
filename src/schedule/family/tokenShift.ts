import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { choice, number, optional } from "../grammar/parameter.ts";
import { dynamicShift, MU_FORMS } from "./muShift.ts";

const tokens = { min: 1, max: 1e8, integer: true };
const mu = { min: -10, max: 10, keyed: true };

/**
 * The shift from the latent's sequence length: μ on the straight line through (base-tokens, base-mu) and
 * (max-tokens, max-mu), which goes on beyond both. FLUX.1 has .5 to 1.15 over 256 to 4096, LTX-2 .95 to 2.05 over
 * 1024 to 4096, Qwen-Image .5 to .9 over 256 to 8192; their presets spell it out. FramePack goes no further than
 * max-shift 7. Slopes 1/m and m as in mu-shift.
 */
export const tokenShift = family({
  name: "token-shift",
  summary: "The shift from sequence length: FLUX.1, LTX, LTX-2, Qwen-Image, FramePack.",
  formula: "φ(t) = m / (m + 1/t − 1), m = e^μ or μ, μ linear in tokens, m ≤ max-shift",
  slopes: "φ'(1) = 1/m, φ'(0) = m",
  source: "FLUX.1's code; diffusers calculate_shift",
  example: "token-shift:4096,base-tokens=256,max-tokens=4096,base-mu=.5,max-mu=1.15",
  parameters: {
    tokens: number("the latent's sequence length", tokens),
    "base-tokens": number("the length that has base-mu", { ...tokens, keyed: true }),
    "max-tokens": number("the length that has max-mu", { ...tokens, keyed: true }),
    "base-mu": number("μ at base-tokens", mu),
    "max-mu": number("μ at max-tokens", mu),
    "max-shift": optional(number("the largest m; none where it is not given", { min: 0, open: "min" })),
    form: choice("how μ counts", MU_FORMS, { fallback: "exponential" }),
  },
  build(values) {
    const [base, top] = [values["base-tokens"], values["max-tokens"]];
    if (base >= top)
      throw new ProbeError(
        "input",
        `token-shift's base-tokens is ${base}; it must be below max-tokens, which is ${top}.`,
      );
    const rise = (values["max-mu"] - values["base-mu"]) / (top - base);
    const mu = values.tokens * rise + (values["base-mu"] - rise * base);
    const limit = values["max-shift"];
    if (limit === null) return dynamicShift(mu, values.form);
    return dynamicShift(Math.min(mu, values.form === "exponential" ? Math.log(limit) : limit), values.form);
  },
});
