import { get } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { curvesFigure } from "../../src/figure/curves.ts";
import { nodeplotlibPlots } from "../../src/figure/plotly.ts";
import { localPage, type Shown, show } from "../../src/report/show.ts";
import { syntheticRecord } from "../analysis/synthetic.ts";

const plots = nodeplotlibPlots(curvesFigure(syntheticRecord()));

/** Whether something listens at an address of this machine. */
function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
      .on("connect", () => resolve(true))
      .on("error", () => resolve(false))
      .on("close", () => socket.destroy());
    socket.on("connect", () => socket.destroy());
  });
}

/** The status of a request that calls the server by another name. */
function statusAs(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/", headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

test.each(["http", "-1", "70000"])("a port that is none (%s) is refused", async (port) => {
  vi.stubEnv("NODEPLOTLIB_PORT", port);
  await expect(show(plots)).rejects.toThrow(/NODEPLOTLIB_PORT is .* from 0 to 65535/);
  vi.unstubAllEnvs();
});

describe("nodeplotlib's window", () => {
  let shown: Shown;
  let port: number;
  const printed = [vi.spyOn(process.stdout, "write"), vi.spyOn(console, "log")];

  beforeAll(async () => {
    vi.stubEnv("NODEPLOTLIB_PORT", "0");
    shown = await show(plots);
    port = Number(new URL(shown.url).port);
  });

  afterAll(async () => {
    shown.close();
    await shown.closed;
    vi.unstubAllEnvs();
  });

  test("has no address of another machine", async () => {
    const page = await (await fetch(shown.url)).text();
    expect(page).toContain("npl-root");
    expect(page).not.toMatch(/(https?:)?\/\/[a-z]/i);
  });

  test("serves its own plotly.js, and forbids loading anything from elsewhere", async () => {
    const response = await fetch(`${shown.url}/plotly.min.js`);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect((await response.text()).slice(0, 200)).toContain("plotly.js v1.58.4");
    expect((await fetch(`${shown.url}/main.js`)).status).toBe(200);
  });

  test("is bound to one address of loopback, not to every interface", async () => {
    expect(await listens("127.0.0.1", port)).toBe(true);
    expect(await listens("127.0.0.2", port)).toBe(false);
  });

  test("answers only to its own name", async () => {
    expect(await statusAs(`localhost:${port}`, port)).toBe(200);
    expect(await statusAs("elsewhere.example", port)).toBe(403);
  });

  test("prints nothing of NestJS or nodeplotlib", () => {
    const lines = printed.flatMap(({ mock }) => mock.calls.map(([words]) => String(words)));
    expect(lines.filter((line) => /Nest|Nodeplotlib/.test(line))).toEqual([]);
  });

  test("leaves other servers of the process alone", async () => {
    const { createServer } = await import("node:http");
    const other = createServer().listen(0);
    await new Promise((resolve) => other.once("listening", resolve));
    expect(other.address()).not.toMatchObject({ address: "127.0.0.1" });
    other.close();
  });
});

test("an unknown page is refused, so that nothing is loaded from the network", () => {
  expect(() => localPage('<script src="https://elsewhere.example/plotly.js"></script>')).toThrow(
    /report\.html instead/,
  );
});
