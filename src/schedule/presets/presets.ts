import { ProbeError } from "../../errors.ts";
import { choice, number, optional, type Size, size } from "../parameter.ts";
import { scheduleKind } from "../scheduleKind.ts";
import { FEW_STEPS } from "./fewSteps.ts";
import { IMAGE_MODELS } from "./imageModels.ts";
import { OPEN_SORA } from "./openSora.ts";
import type { Preset } from "./preset.ts";
import { HUNYUAN, VARIANCE_PRESERVING, VIDEO, WAN } from "./videoModels.ts";

/** Default schedules by model. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...HUNYUAN,
  ...WAN,
  ...FEW_STEPS,
  ...VIDEO,
  ...IMAGE_MODELS,
  ...OPEN_SORA,
  ...VARIANCE_PRESERVING,
};

const clipSize = size("the size of the clip, if the shift depends on it, or in place of tokens");

/** The sequence length or the size, as text, that a preset's schedule depends on; empty if on neither. */
function inputOf(model: string, preset: Preset, tokens: number | null, size: Size | null): string {
  const refuse = (why: string): ProbeError => new ProbeError("input", `preset:${model} ${why}`);
  switch (preset.input) {
    case "nothing":
      if (size !== null && tokens === null && preset.checkSize !== undefined) {
        preset.checkSize(size);
        return "";
      }
      if (tokens !== null || size !== null)
        throw refuse(
          `is ${preset.spec("")} for every size; leave tokens${preset.checkSize === undefined ? " and size" : ""} out.`,
        );
      return "";
    case "tokens":
      if (tokens !== null && size !== null) throw refuse("has both tokens and size; give one.");
      if (tokens !== null) return String(tokens);
      if (size === null) throw refuse("depends on the sequence length; add for example tokens=4096 or size=1024x1024.");
      return String(preset.tokensOf(size));
    case "size":
      if (tokens !== null) throw refuse("does not depend on the sequence length; give size instead of tokens.");
      if (size === null) throw refuse("depends on width, height and frames; add for example size=1024x576x129.");
      return clipSize.write(size) ?? "";
  }
}

/** What a model's own code or card runs. Shorthand for the schedule it names, which is what records contain. */
export const preset = scheduleKind({
  name: "preset",
  summary: "The default schedule of a model; shorthand for another schedule.",
  formula: "that of the schedule it stands for",
  slopes: "those of the schedule it stands for",
  source: "the models' code and cards, each named in docs/schedules.md",
  example: "preset:hunyuan",
  parameters: {
    model: choice("the model", Object.keys(PRESETS), { allowed: "the name of a preset" }),
    tokens: optional(
      number("the latent's sequence length, if the shift depends on it", { min: 1, max: 1e8, integer: true }),
    ),
    size: optional(clipSize),
  },
  build({ model, tokens, size }) {
    const chosen = PRESETS[model] as Preset;
    return chosen.spec(inputOf(model, chosen, tokens, size));
  },
});
