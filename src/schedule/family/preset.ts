import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { choice, number, optional } from "../grammar/parameter.ts";
import { size } from "../grammar/size.ts";
import { PRESETS, type Preset } from "../presets.ts";

const NAMES = Object.keys(PRESETS);

/** What a model's own code or card runs; it stands for the schedule that it names, and is written so in records. */
export const preset = family({
  name: "preset",
  summary: "What a model runs by default; stands for the schedule that does it.",
  formula: "that of the schedule it stands for",
  slopes: "those of the schedule it stands for",
  source: "the models' code and cards",
  example: "preset:hunyuan",
  parameters: {
    model: choice("the model", NAMES, { allowed: "a name of the presets" }),
    tokens: optional(
      number("the latent's sequence length, where the shift depends on it", { min: 1, max: 1e8, integer: true }),
    ),
    size: optional(size("or the size, from which the length follows")),
  },
  build({ model, tokens, size: given }) {
    const { spec, tokensOf } = PRESETS[model] as Preset;
    const asked = tokens !== null || given !== null;
    if (tokensOf === null) {
      if (asked)
        throw new ProbeError("input", `preset:${model} is ${spec("")} whatever the size; leave tokens and size out.`);
      return spec("");
    }
    if (tokens !== null && given !== null)
      throw new ProbeError("input", `preset:${model} has both tokens and size; give one.`);
    if (tokens !== null) return spec(String(tokens));
    if (given === null)
      throw new ProbeError("input", `preset:${model} shifts by sequence length; add tokens=4096 or size=1024x1024.`);
    return spec(String(tokensOf(given)));
  },
});
