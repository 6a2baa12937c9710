import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { curve } from "../../src/analysis/curve.ts";
import { cellRows } from "../../src/analysis/row.ts";
import { labels } from "../../src/figure/label.ts";
import type { SweepRecord } from "../../src/record/record.ts";
import { writeReport } from "../../src/report/write.ts";
import { syntheticCell, syntheticRecord } from "../analysis/synthetic.ts";
import { inDirectory, putVideo, withVideos } from "../report/directory.ts";
import { findChromium, openBrowser, skipped } from "./chromium.ts";
import { clip } from "./clip.ts";

const executable = findChromium();
if (executable === null) console.warn(`test/browser/report.test.ts ${skipped}`);

const record = syntheticRecord();
const plots = 7 + 2 + 3;

/** A page with a report, and its requests and errors since it was opened. */
interface Visit {
  readonly page: Page;
  readonly requests: string[];
  readonly errors: string[];
}

async function visit(
  browser: Browser,
  record: SweepRecord,
  video: Buffer | null,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  await inDirectory(record, async (directory) => {
    if (video !== null) for (const { cellId } of record.cells) await putVideo(directory, cellId, video);
    const { files } = await writeReport(directory);
    await page.goto(pathToFileURL(files.html).href);
    await page.waitForSelector('[data-drawn="all"]', { state: "attached" });
  });
  return { page, requests, errors };
}

const drawnIn = (page: Page, id: string): Promise<number[][]> =>
  page.evaluate(`document.getElementById("${id}").data.map(({ y }) => [...y])`);

/** The points of the highlighted line, as [x, y]. */
async function broughtOut(page: Page, id: string): Promise<number[][]> {
  const paths: string[] = await page.evaluate(`document.getElementById("${id}").layout.shapes.map(({ path }) => path)`);
  return (paths[0] ?? "")
    .split(/[ML]/)
    .slice(1)
    .map((point) => point.split(",").map(Number));
}

const all = labels(record.manifest.cells, record.manifest.axes);

function at<T>(values: readonly T[], i: number): T {
  const value = values[i];
  if (value === undefined) throw new Error(`there is no ${i}`);
  return value;
}

describe.skipIf(executable === null)("the report in a browser", { timeout: 60_000 }, () => {
  let browser: Browser;
  let quickstart: Visit;

  beforeAll(async () => {
    browser = await openBrowser(executable ?? "");
    quickstart = await visit(browser, withVideos(record, clip.length), clip);
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(() => quickstart.page.mouse.move(0, 0));

  test("opens without a network, requests nothing else, and has no errors", async () => {
    const { page, requests, errors } = quickstart;
    expect(await page.locator(".plot .js-plotly-plot, .plot.js-plotly-plot").count()).toBe(plots);
    expect(requests.filter((url) => !url.startsWith("data:") && !url.startsWith("blob:"))).toEqual([page.url()]);
    expect(errors).toEqual([]);
    expect(await page.title()).toBe("synthetic quickstart – l1probe");
  });

  test("draws the curves of the analysis", async () => {
    const drawn = await drawnIn(quickstart.page, "plot-cfg-timestep");
    const expected = record.cells.map((cell) =>
      curve(cell, "cfg")
        .values.slice(1)
        .map((y) => expect.closeTo(y ?? -1, 6)),
    );
    expect(drawn.slice(0, 4)).toEqual(expected);
  });

  test("highlights the hovered cell in every plot", async () => {
    const { page } = quickstart;
    await page.locator("#cells tbody tr").nth(2).hover();
    for (const id of ["plot-cond-step", "plot-schedule", "plot-cfg-change-per-sigma"]) {
      const points = await broughtOut(page, id);
      expect(points.map(([, y]) => y)).toEqual((await drawnIn(page, id))[2]);
      expect(await page.locator(`#${id}.dim .shapelayer path`).count()).toBe(1);
    }
    await page.mouse.move(0, 0);
    expect(await page.locator(".plot.dim").count()).toBe(0);
  });

  test("says five lines about the hovered step: curve, step, value, L1, cell", async () => {
    const { page } = quickstart;
    const point = page.locator("#plot-cond-step .scatterlayer .trace").nth(1).locator(".point").nth(2);
    await point.scrollIntoViewIfNeeded();
    const { x = 0, y = 0 } = (await point.boundingBox()) ?? {};
    await page.mouse.move(x + 2.5, y + 2.5);
    const tooltip = page.locator("#tooltip");
    await tooltip.waitFor({ state: "visible" });
    const told = await tooltip.locator("b, div").allTextContents();
    const row = cellRows(record, at(record.cells, 1))[3];
    const shown = (value: unknown) => String(Number(Number(value).toPrecision(5)));
    expect(told).toEqual([
      "10 steps · shift:7",
      `step 3 of 10 · σ ${shown(row?.sigma)} → ${shown(row?.sigma_next)}`,
      `cond relative L1 ${shown(row?.cond_rel_l1)}`,
      `L1 cond ${shown(row?.cond_rel_l1)} · cfg ${shown(row?.cfg_rel_l1)} · latent ${shown(row?.latent_rel_l1)}`,
      "cell cell0001",
    ]);
  });

  test("works from the keyboard: Enter chooses a cell and lists its steps, Escape clears the choice", async () => {
    const { page } = quickstart;
    await page.locator("#cells button").nth(3).focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#steps tbody tr").count()).toBe(20);
    expect(await page.locator('#cells [aria-pressed="true"]').count()).toBe(1);
    await page.keyboard.press("Escape");
    expect(await page.locator("#steps").isVisible()).toBe(false);
    await page.evaluate("document.activeElement.blur()");
  });

  test("chooses a cell by its whole row, and all cells of a legend's entry", async () => {
    const { page } = quickstart;
    await page.locator("#cells tbody tr").nth(1).locator("td").nth(4).click();
    expect(await page.locator("#steps h3").textContent()).toBe("Steps of 10 steps · shift:7");
    await page.locator("#cells tbody tr").nth(1).locator("td").nth(4).click();
    expect(await page.locator("#steps").isVisible()).toBe(false);
  });

  test("sorts, filters and summarises the cells", async () => {
    const { page } = quickstart;
    const labels = () => page.locator("#cells tbody tr:not([hidden]) th").allTextContents();
    const lines = () => page.evaluate<number>('document.getElementById("plot-cond-step").data.length');
    await page.locator('#cells [data-sort="3"]').click();
    const last = record.cells.map((cell) => curve(cell, "cond").values.at(-1) ?? 0);
    const order = [0, 1, 2, 3].sort((a, b) => (last[a] ?? 0) - (last[b] ?? 0));
    expect((await labels()).map((label) => all.indexOf(label))).toEqual(order);
    await page.locator('#cells [data-sort="0"]').click();
    expect(await labels()).toEqual(all);
    await page.locator('select[data-axis="steps"]').selectOption("20");
    expect([await labels(), await lines()]).toEqual([all.slice(2), 2]);
    await page.locator('select[data-axis="steps"]').selectOption("");
    expect(await lines()).toBe(4);
  });

  test("has L1 axes that are automatic, linear or logarithmic and say so, and leaves the schedule's unchanged", async () => {
    const { page } = quickstart;
    const axis = (id: string) =>
      page.evaluate<string[]>(
        `(({ type, title }) => [type, title.text])(document.getElementById("${id}")._fullLayout.yaxis)`,
      );
    expect(await axis("plot-cond-step")).toEqual(["linear", "cond relative L1"]);
    await page.locator('input[value="log"]').check();
    expect(await axis("plot-cond-step")).toEqual(["log", "cond relative L1 (log)"]);
    expect((await axis("plot-schedule"))[0]).toBe("linear");
    await page.locator('input[value="linear"]').check();
    expect(await axis("plot-latent-step")).toEqual(["linear", "latent relative L1"]);
    await page.locator('input[value="automatic"]').check();
  });

  test("zooms all plots with the same x axis together", async () => {
    const { page } = quickstart;
    const range = (id: string) => page.evaluate<number[]>(`document.getElementById("${id}").layout.xaxis.range`);
    await page.evaluate('Plotly.relayout("plot-cond-step", { "xaxis.range": [0.2, 0.4] })');
    await expect.poll(() => range("plot-latent-step")).toEqual([0.2, 0.4]);
    expect(await range("plot-cond-timestep")).toEqual([0, 1000]);
    await page.evaluate('Plotly.relayout("plot-latent-step", { "xaxis.autorange": true })');
    await expect.poll(() => range("plot-cond-step")).toEqual([0, 1]);
  });

  test("has alternative text for plots, clips and images", async () => {
    const { page } = quickstart;
    const names = await page.locator('.plot[role="img"]').evaluateAll((all) => all.map((one) => one.ariaLabel));
    expect(names).toHaveLength(plots);
    expect(names[0]).toMatch(/^cond relative L1 against step \/ steps: 4 curves, from 0\.0\d+ to 0\.\d+\.$/);
    const unnamed = "video:not([aria-label]), .clip svg:not([aria-label]):not([aria-hidden]), button:empty";
    expect(await page.locator(unnamed).count()).toBe(0);
  });

  test("plays the clips next to their curves", async () => {
    const { page } = quickstart;
    const video = page.locator(".clip video").first();
    await video.scrollIntoViewIfNeeded();
    await page.waitForFunction("document.querySelector('.clip video').readyState > 0");
    expect(await video.evaluate((element) => JSON.stringify(element.getBoundingClientRect().width > 100))).toBe("true");
    expect(await page.evaluate("document.querySelector('.clip video').videoWidth")).toBe(64);
    expect(await page.locator(".clip svg[role=img] path").count()).toBe(4);
  });

  test("of many seeds draws medians and bands, and each cell on request", async () => {
    const many = Array.from({ length: 40 }, (_, i) => syntheticCell({ shift: 1 + (i % 2), seed: Math.floor(i / 2) }));
    const shown = syntheticRecord(many, ["schedule", "seed"]);
    const { page, errors } = await visit(browser, shown, null);
    const fills = () =>
      page.evaluate<unknown[]>('document.getElementById("plot-cond-step").data.map(({ fill }) => fill ?? null)');
    expect(await fills()).toEqual(["toself", "toself", null, null]);
    await page.locator(".legend button").first().click();
    expect(await page.locator("#cells tbody tr.shown").count()).toBe(20);
    await page.keyboard.press("Escape");
    await page.locator("#cells tbody tr").nth(31).hover();
    const points = await broughtOut(page, "plot-latent-step");
    const near = (y: number | null) => expect.closeTo(y ?? -1, 6);
    expect(points.map(([, y]) => y)).toEqual(curve(at(shown.cells, 31), "latent").values.map(near));
    await page.mouse.move(0, 0);
    await page.locator("#group").selectOption("none");
    expect(await fills()).toEqual([null, null]);
    expect(errors).toEqual([]);
  });

  test("is not blank straight after loading, in a screenshot or in print, and print cuts nothing", async () => {
    const context = await browser.newContext({
      offline: true,
      javaScriptEnabled: false,
      viewport: { width: 688, height: 900 },
    });
    const page = await context.newPage();
    await inDirectory(record, async (directory) => {
      await page.goto(pathToFileURL((await writeReport(directory)).files.html).href);
    });
    const lines = page.locator(".stills path[stroke-linejoin]");
    expect(await lines.first().isVisible()).toBe(true);
    await page.emulateMedia({ media: "print" });
    expect(await lines.first().isVisible()).toBe(true);
    const stills = page.locator(".stills svg");
    for (const still of await stills.all()) expect((await still.boundingBox())?.width).toBeGreaterThan(600);
    // Three panels of the first row side by side, as wide as the page.
    const tops = await page
      .locator(".stills svg")
      .first()
      .locator("g[role=group]")
      .evaluateAll((groups) => groups.map((group) => JSON.stringify(group.getBoundingClientRect().bottom)));
    expect(new Set(tops.slice(0, 2)).size).toBe(1);
    const wider = await page.evaluate<string[]>(
      `[...document.querySelectorAll("body *")].filter((part) => part.getBoundingClientRect().right > 690 && part.getClientRects().length > 0).map((part) => part.tagName)`,
    );
    expect(wider).toEqual([]);
    expect((await page.pdf({ format: "A4", preferCSSPageSize: true })).length).toBeGreaterThan(20_000);
  });

  test("fits a phone of 390 px, in the dark, and a tap shows a step's label", async () => {
    const phone = {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
      colorScheme: "dark",
    } as const;
    const { page, errors } = await visit(browser, record, null, phone);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(Math.max(...(background.match(/\d+/g) ?? []).map(Number))).toBeLessThan(64);
    const point = page.locator("#plot-cond-step .scatterlayer .trace").nth(1).locator(".point").nth(2);
    await point.scrollIntoViewIfNeeded();
    const { x = 0, y = 0 } = (await point.boundingBox()) ?? {};
    await page.touchscreen.tap(x + 2.5, y + 2.5);
    await page.locator("#tooltip").waitFor({ state: "visible" });
    expect(await page.locator("#tooltip b").textContent()).toBe("10 steps · shift:7");
    expect(errors).toEqual([]);
  });
});
