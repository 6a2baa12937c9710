import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { curvesFigure } from "../../src/figure/curves.ts";
import { nodeplotlibPlots } from "../../src/figure/plotly.ts";
import { show } from "../../src/report/show.ts";
import { syntheticRecord } from "../analysis/synthetic.ts";
import { findChromium, openBrowser, skipped } from "./chromium.ts";

const executable = findChromium();
if (executable === null) console.warn(`test/browser/show.test.ts ${skipped}`);

describe.skipIf(executable === null)("nodeplotlib's window in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    vi.stubEnv("NODEPLOTLIB_PORT", "0");
    browser = await openBrowser(executable ?? "");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await browser.close();
  });

  test("draws the figure from loopback alone, and ends when its page is closed", async () => {
    const { url, closed } = await show(nodeplotlibPlots(curvesFigure(syntheticRecord())));
    const page = await browser.newPage();
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) elsewhere.push(request.url());
    });
    await page.goto(url);
    await page.waitForFunction('document.querySelectorAll(".js-plotly-plot").length === 1');
    expect(await page.locator(".js-plotly-plot .scatterlayer .trace").count()).toBe(7 * 4);
    expect(elsewhere).toEqual([]);
    await page.close();
    await closed;
  }, 60_000);
});
