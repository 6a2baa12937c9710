import { ProbeError } from "../../errors.ts";
import { checkSigmas } from "../check.ts";
import { family } from "../grammar/family.ts";
import { choice, fileName, optional } from "../grammar/parameter.ts";
import { fromValues } from "../shape.ts";
import { readSigmas, TEXT_FORMS, type TextForm } from "../text/read.ts";

const EXTENSIONS: ReadonlyMap<string, TextForm> = new Map([
  ["json", "json"],
  ["csv", "csv"],
  ["txt", "comfyui"],
]);

function formOf(path: string): TextForm {
  const form = EXTENSIONS.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase());
  if (form === undefined)
    throw new ProbeError(
      "input",
      `file:${path} does not end in .json, .csv or .txt, so its form is not known; add form=json, form=csv or form=comfyui.`,
    );
  return form;
}

/** A schedule from a file; how it is read and what becomes of a final 0 is said in text/read.ts. */
export const file = family({
  name: "file",
  summary: "The values of a file: JSON, CSV, or ComfyUI's text (N + 1 values with the final 0).",
  formula: "σᵢ as written",
  slopes: "those of the values",
  source: "-",
  example: "file:sigmas.json",
  parameters: {
    path: fileName("the file"),
    form: optional(choice("how to read it; else .json, .csv or .txt (comfyui) says", TEXT_FORMS)),
  },
  build: ({ path, form }, _, { readFile }) => {
    if (readFile === undefined)
      throw new ProbeError("input", `file:${path} cannot be read here; give its values as sigmas:… instead.`);
    const read = form ?? formOf(path);
    let text: string;
    try {
      text = readFile(path);
    } catch (cause) {
      throw new ProbeError("input", `file:${path} cannot be read: ${ProbeError.from(cause).message}.`, { cause });
    }
    const values = readSigmas(text, read, path);
    checkSigmas(values, path);
    return fromValues(values);
  },
});
