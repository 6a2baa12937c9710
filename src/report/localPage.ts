import { ProbeError } from "../errors.ts";

/** Where our server offers plotly.js. */
const localPlotly = "/plotly.min.js";

/**
 * nodeplotlib's page without the network: plotly.js from this server instead of a CDN, no web fonts.
 *
 * @throws ProbeError kind internal where something of the page would still be fetched from elsewhere
 */
export function localPage(html: string): string {
  const page = html
    .replace(/src="https:\/\/cdn\.plot\.ly\/[^"]*"/, `src="${localPlotly}"`)
    .replace(/<link[^>]*href="https?:[^>]*>/g, "")
    .replace(/@font-face\s*{[^}]*}/g, "");
  if (!page.includes(localPlotly) || /https?:\/\//.test(page)) {
    throw new ProbeError(
      "internal",
      "nodeplotlib's page is not the one of version 1.1.2, which l1probe knows how to keep off the network; use report.html instead of --show.",
    );
  }
  return page;
}
