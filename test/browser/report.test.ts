import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { curve } from "../../src/analysis/curve.ts";
import { cellRows, type Row, stepColumns } from "../../src/analysis/row.ts";
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

async function visit(browser: Browser, record: SweepRecord, video: Buffer | null): Promise<Visit> {
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 } });
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

  test("shows every number of the hovered step", async () => {
    const { page } = quickstart;
    const point = page.locator("#plot-cond-step .scatterlayer .trace").nth(1).locator(".point").nth(2);
    await point.scrollIntoViewIfNeeded();
    const { x = 0, y = 0 } = (await point.boundingBox()) ?? {};
    await page.mouse.move(x + 2.5, y + 2.5);
    const tooltip = page.locator("#tooltip");
    await tooltip.waitFor({ state: "visible" });
    const told = await tooltip.locator("dt, dd").allTextContents();
    const [, cell] = rowsByCell(record);
    const row = cell?.[3];
    expect(await tooltip.locator("b").textContent()).toBe("10 steps · shift:7");
    const numbers = stepColumns.filter((column) => row?.[column] !== null);
    const shown = (value: unknown) => String(Number(Number(value).toPrecision(5)));
    expect(told).toEqual(numbers.flatMap((column) => [column, shown(row?.[column])]));
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

  test("makes the L1 axes logarithmic and leaves the schedule's unchanged", async () => {
    const { page } = quickstart;
    const type = (id: string) => page.evaluate(`document.getElementById("${id}")._fullLayout.yaxis.type`);
    await page.locator('input[data-scale="log"]').check();
    expect([await type("plot-cond-step"), await type("plot-schedule")]).toEqual(["log", "linear"]);
    await page.locator('input[data-scale="linear"]').check();
    expect(await type("plot-cond-step")).toBe("linear");
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

  test("stays legible with many cells: one trace per style, a colour bar instead of names", async () => {
    const many = Array.from({ length: 90 }, (_, i) =>
      syntheticCell({ steps: 2 + (i % 50), sampler: ["euler", "heun"][i % 2] ?? "", seed: Math.floor(i / 50) }),
    );
    const shown = syntheticRecord(many, ["steps", "sampler", "seed"]);
    const { page, errors } = await visit(browser, shown, null);
    expect(await page.locator(".legend .bar").count()).toBe(1);
    expect(await page.locator(".legend button").count()).toBe(0);
    for (const index of [40, 89]) {
      await page.locator("#cells tbody tr").nth(index).hover();
      const points = await broughtOut(page, "plot-latent-step");
      const cell = shown.cells[index];
      const near = (y: number | null) => expect.closeTo(y ?? -1, 6);
      expect(points.map(([, y]) => y)).toEqual(cell === undefined ? [] : curve(cell, "latent").values.map(near));
    }
    expect(errors).toEqual([]);
  });
});

function rowsByCell(shown: SweepRecord): Row[][] {
  return shown.cells.map((cell) => cellRows(shown, cell));
}
