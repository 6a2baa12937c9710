import { decimal } from "./text/comfyui.ts";
import type { TextForm } from "./text/read.ts";

const WRITERS: Readonly<Record<TextForm, (values: readonly number[]) => string>> = {
  json: (values) => JSON.stringify(values),
  csv: (values) => ["step,sigma", ...values.map((value, step) => `${step},${decimal(value)}`)].join("\n"),
  comfyui: (values) => [...values, 0].map(decimal).join(", "),
};

/**
 * Writes N sigmas so that they read back exactly: `json` is an array of N numbers on one line, `csv` a table of step
 * and sigma, `comfyui` the N + 1 plain decimals that every SIGMAS node of ComfyUI reads alike. No newline at the end.
 */
export function formatSigmas(values: readonly number[], form: TextForm): string {
  return WRITERS[form](values);
}
