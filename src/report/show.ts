import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { createServer, Server as NetServer } from "node:net";
import { dirname, join } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Plot } from "../figure/plotly.ts";

const require = createRequire(import.meta.url);
const loopback = "127.0.0.1";

/** Plots that are being served to a browser. */
export interface Shown {
  readonly url: string;
  /** Settles when the page is closed in the browser or `close` is called. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Shows plots with nodeplotlib 1.1.2, whose page would load plotly.js from a CDN and whose server would listen on every
 * interface. Here plotly.js comes from this machine, and the server binds to loopback and answers only to its own name. A
 * browser opens automatically unless NODEPLOTLIB_PORT names a port (0: any free one). Can be called once per process.
 *
 * @throws ProbeError kind input if NODEPLOTLIB_PORT is not a free port
 */
export async function show(plots: readonly Plot[]): Promise<Shown> {
  checkInstalled();
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

/** @throws ProbeError kind input if nodeplotlib, an optional dependency, is not installed */
function checkInstalled(): void {
  try {
    require.resolve("nodeplotlib");
  } catch (cause) {
    throw new ProbeError(
      "input",
      "--show needs nodeplotlib, which this installation left out; run `npm install nodeplotlib`, or open report.html.",
      { cause },
    );
  }
}

/** Refuses a port that is taken; nodeplotlib does not report that error. */
async function checkPort(port: string | undefined): Promise<void> {
  if (port === undefined || port === "") return;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new ProbeError("input", `NODEPLOTLIB_PORT is ${JSON.stringify(port)}; it must be a port from 0 to 65535.`);
  }
  const probe = createServer();
  try {
    probe.listen(Number(port), loopback);
    await once(probe, "listening");
  } catch (cause) {
    throw new ProbeError("input", `NODEPLOTLIB_PORT ${port} is taken; name a free port, or 0 for any.`, { cause });
  } finally {
    probe.close();
  }
}

/**
 * Intercepts the next HTTP server of this process that starts to listen, binds it to loopback and serves our page first.
 * nodeplotlib accepts neither a host nor a server, so there is no other way.
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

/** Answers requests before nodeplotlib's server does. */
function answerLocally(server: Server): void {
  const theirs = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
  const page = localPage(readFileSync(join(webFolder(), "index.html"), "utf8"));
  const plotly = readFileSync(require.resolve("plotly.js-dist-min"));
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    response.setHeader("Content-Security-Policy", "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:");
    // Another site could point its own name at loopback (DNS rebinding); it must not read the plots.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? "")) response.writeHead(403).end();
    else if (path === "/" || path === "/index.html") response.setHeader("Content-Type", "text/html").end(page);
    else if (path === "/plotly.min.js") response.setHeader("Content-Type", "text/javascript").end(plotly);
    else for (const answer of theirs) answer.call(server, request, response);
  });
}

function webFolder(): string {
  return join(dirname(require.resolve("nodeplotlib")), "lib/server/web");
}

/** Mutes the logs of NestJS and nodeplotlib; returns a function that restores them. */
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

/** The path at which our server has plotly.js. */
const localPlotly = "/plotly.min.js";

/** Lets a single plot use the full width; nodeplotlib's page would leave half of it empty. */
const wide = "<style>npl-plots { grid-template-columns: 1fr !important; }</style>";

/**
 * nodeplotlib's page without the network: plotly.js from this server instead of a CDN, no web fonts, one plot per row.
 *
 * @throws ProbeError kind internal if the page would still load something from elsewhere
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
      "nodeplotlib's page is not that of version 1.1.2, the only one that l1probe can keep off the network; use report.html instead of --show.",
    );
  }
  return page;
}
