import type { Figure } from "../figure.ts";
import { compact } from "./compact.ts";
import { loadVega } from "./load.ts";
import { vegaSpec } from "./spec.ts";

/**
 * A figure as one SVG document. Text stays text in the family of `fontFamily`, which the caller embeds: see
 * `withFonts`.
 */
export async function renderSvg(figure: Figure): Promise<string> {
  const vega = await loadVega();
  const view = new vega.View(vega.parse(vegaSpec(figure)), { renderer: "none", logLevel: vega.Error });
  try {
    return compact(await view.toSVG());
  } finally {
    view.finalize();
  }
}
