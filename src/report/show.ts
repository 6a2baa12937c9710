import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { createServer, Server as NetServer } from "node:net";
import { dirname, join } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Plot } from "../figure/nodeplotlib.ts";

const require = createRequire(import.meta.url);
const loopback = "127.0.0.1";

/** Plots that a browser can look at now. */
export interface Shown {
  readonly url: string;
  /** Settles when the page was closed in the browser, or `close` was called. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Shows plots with nodeplotlib 1.1.2, whose page would load plotly.js from a CDN and whose server would listen on every
 * interface: here plotly.js comes from this machine, the server is bound to loopback, and answers only to its own name.
 * The browser opens by itself unless NODEPLOTLIB_PORT names a port (0: any free one). Once a process.
 *
 * @throws ProbeError kind input where NODEPLOTLIB_PORT is no free port
 */
export async function show(plots: readonly Plot[]): Promise<Shown> {
  await checkPort(process.env.NODEPLOTLIB_PORT);
  const unsilence = silence();
  const started = nextServer();
  const { plot } = require("nodeplotlib") as { plot: (data: unknown, layout: unknown, config: unknown) => void };
  for (const { data, layout, config } of plots) plot(data, layout, config);
  const server = await started;
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new ProbeError("internal", "nodeplotlib listens on no port.");
  const closed = once(server, "close").then(unsilence);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${address.port}`, closed, close };
}

/** nodeplotlib starts its server and forgets it, so a port that is taken has to be found out before. */
async function checkPort(asked: string | undefined): Promise<void> {
  if (asked === undefined || asked === "") return;
  if (!/^\d{1,5}$/.test(asked) || Number(asked) > 65_535) {
    throw new ProbeError("input", `NODEPLOTLIB_PORT is ${JSON.stringify(asked)}; it must be a port from 0 to 65535.`);
  }
  const probe = createServer();
  try {
    probe.listen(Number(asked), loopback);
    await once(probe, "listening");
  } catch (cause) {
    throw new ProbeError("input", `NODEPLOTLIB_PORT ${asked} is taken; name a free port, or 0 for any.`, { cause });
  } finally {
    probe.close();
  }
}

/**
 * The next HTTP server of this process that is told to listen, bound to loopback and with our page in front: the one
 * seam that nodeplotlib offers, as it takes neither a host nor a server.
 */
function nextServer(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const listen = function (this: Server, port: number, ...rest: unknown[]): Server {
      Reflect.deleteProperty(Server.prototype, "listen");
      const ready = rest.find((argument) => typeof argument === "function") as (() => void) | undefined;
      answerLocally(this);
      this.once("listening", () => resolve(this)).once("error", reject);
      NetServer.prototype.listen.call(this, { port, host: loopback }, ready);
      return this;
    };
    Object.defineProperty(Server.prototype, "listen", { value: listen, configurable: true, writable: true });
  });
}

/** Puts our answers before those of nodeplotlib's server. */
function answerLocally(server: Server): void {
  const theirs = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
  const page = localPage(readFileSync(join(webFolder(), "index.html"), "utf8"));
  const plotly = readFileSync(require.resolve("plotly.js-dist-min"));
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    response.setHeader("Content-Security-Policy", "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:");
    // A page elsewhere could point its own name at loopback; it does not get to read the plots.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? "")) response.writeHead(403).end();
    else if (path === "/" || path === "/index.html") response.setHeader("Content-Type", "text/html").end(page);
    else if (path === "/plotly.min.js") response.setHeader("Content-Type", "text/javascript").end(plotly);
    else for (const answer of theirs) answer.call(server, request, response);
  });
}

function webFolder(): string {
  return join(dirname(require.resolve("nodeplotlib")), "lib/server/web");
}

/** Keeps NestJS and nodeplotlib from writing between our lines. Returns how to end it. */
function silence(): () => void {
  const nest = createRequire(require.resolve("nodeplotlib"))("@nestjs/common") as {
    Logger: { overrideLogger(on: boolean): void };
  };
  nest.Logger.overrideLogger(false);
  const { log } = console;
  console.log = (...words: unknown[]) => {
    if (!String(words[0]).startsWith("[Nodeplotlib]")) log(...words);
  };
  return () => {
    console.log = log;
  };
}

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
