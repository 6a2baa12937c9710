import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** plotly.js with what line plots need, to be put into a page. */
export async function plotlySource(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve("plotly.js-basic-dist-min"), "utf8");
}
