import { ProbeError } from "../../errors.ts";
import { readComfyui } from "./comfyui.ts";
import { readCsv } from "./csv.ts";
import { readJson } from "./json.ts";

/** Forms in which a list of sigmas is read and written. */
export const TEXT_FORMS = ["json", "csv", "comfyui"] as const;
export type TextForm = (typeof TEXT_FORMS)[number];

const READERS: Readonly<Record<TextForm, (text: string, source: string) => number[]>> = {
  json: readJson,
  csv: readCsv,
  comfyui: readComfyui,
};

/**
 * Reads a list of sigmas from text. A final 0 is the terminal one, by rule: JSON and CSV may have it or not;
 * ComfyUI's lists must, because its nodes disagree about a list without it.
 *
 * @param source the text's name, for errors
 * @returns the values without the terminal 0, not yet checked
 * @throws ProbeError kind input where the text can be read in more than one way, or in none
 */
export function readSigmas(text: string, form: TextForm, source: string): number[] {
  const values = READERS[form](text.replace(/^\uFEFF/, ""), source);
  if (values.length === 0) throw new ProbeError("input", `${source} holds no sigmas.`, { path: source });
  return values.length > 1 && values.at(-1) === 0 ? values.slice(0, -1) : values;
}
