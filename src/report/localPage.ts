import { ProbeError } from "../errors.ts";

/** Where our server offers plotly.js. */
const localPlotly = "/plotly.min.js";

/** A single plot may take the whole width, of which the page would leave half empty. */
const wide = "<style>npl-plots { grid-template-columns: 1fr !important; }</style>";

/**
 * nodeplotlib's page without the network: plotly.js from this server instead of a CDN, no web fonts, one plot a line.
 *
 * @throws ProbeError kind internal where something of the page would still be fetched from elsewhere
 */
export function localPage(html: string): string {
  const page = html
    .replace(/src="https:\/\/cdn\.plot\.ly\/[^"]*"/, `src="${localPlotly}"`)
    .replace(/<link[^>]*href="https?:[^>]*>/g, "")
    .replace(/@font-face\s*{[^}]*}/g, "")
    .replace("</head>", `${wide}</head>`);
  if (!page.includes(localPlotly) || /https?:\/\//.test(page)) {
    throw new ProbeError(
      "internal",
      "nodeplotlib's page is not the one of version 1.1.2, which l1probe knows how to keep off the network; use report.html instead of --show.",
    );
  }
  return page;
}
