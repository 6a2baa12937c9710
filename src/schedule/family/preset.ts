import { ProbeError } from "../../errors.ts";
import { family } from "../grammar/family.ts";
import { choice, number, optional } from "../grammar/parameter.ts";
import { type Size, size } from "../grammar/size.ts";
import type { Preset } from "../presets/preset.ts";
import { PRESETS } from "../presets/presets.ts";

const NAMES = Object.keys(PRESETS);

const asSize = size("the clip's size, where the shift depends on it, or instead of tokens");

/** What stands in a preset's schedule for what it asks for. */
function asked(model: string, chosen: Preset, tokens: number | null, given: Size | null): string {
  const refuse = (why: string): ProbeError => new ProbeError("input", `preset:${model} ${why}`);
  switch (chosen.asks) {
    case "nothing":
      if (tokens !== null || given !== null)
        throw refuse(`is ${chosen.spec("")} whatever the size; leave tokens and size out.`);
      return "";
    case "tokens":
      if (tokens !== null && given !== null) throw refuse("has both tokens and size; give one.");
      if (tokens !== null) return String(tokens);
      if (given === null) throw refuse("shifts by sequence length; add tokens=4096 or size=1024x1024.");
      return String(chosen.tokensOf(given));
    case "size":
      if (tokens !== null) throw refuse("does not shift by sequence length; give size instead of tokens.");
      if (given === null) throw refuse("shifts by width, height and frames; add size=1024x576x129.");
      return asSize.write(given) ?? "";
  }
}

/** What a model's own code or card runs; it stands for the schedule that it names, and is written so in records. */
export const preset = family({
  name: "preset",
  summary: "What a model runs by default; stands for the schedule that does it.",
  formula: "that of the schedule it stands for",
  slopes: "those of the schedule it stands for",
  source: "the models' code and cards, each named in docs/schedules.md",
  example: "preset:hunyuan",
  parameters: {
    model: choice("the model", NAMES, { allowed: "a name of the presets" }),
    tokens: optional(
      number("the latent's sequence length, where the shift depends on it", { min: 1, max: 1e8, integer: true }),
    ),
    size: optional(asSize),
  },
  build({ model, tokens, size: given }) {
    const chosen = PRESETS[model] as Preset;
    return chosen.spec(asked(model, chosen, tokens, given));
  },
});
