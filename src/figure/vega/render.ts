import type { Figure } from "../figure.ts";
import { compact } from "./compact.ts";
import { loadVega } from "./load.ts";
import { vegaSpec } from "./spec.ts";
import { StandIns } from "./standIns.ts";

/**
 * A figure as one SVG document. Text stays text in the family of `fontFamily`, which the caller embeds: see
 * `withFonts`.
 */
export async function renderSvg(figure: Figure): Promise<string> {
  const vega = await loadVega();
  const standIns = new StandIns();
  const spec = vegaSpec(figure, (path) => standIns.put(path));
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    return standIns.restore(compact(await view.toSVG()));
  } finally {
    view.finalize();
  }
}
