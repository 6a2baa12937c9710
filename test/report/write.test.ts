import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rows } from "../../src/analysis/row.ts";
import type { SweepRecord } from "../../src/record/record.ts";
import type { ReportData } from "../../src/report/data.ts";
import { writeReport } from "../../src/report/write.ts";
import { syntheticCell, syntheticRecord, withCell, withStepsOf } from "../analysis/synthetic.ts";
import { inDirectory, putVideo, withVideos } from "./directory.ts";
import { unpacked } from "./unpacked.ts";

const record = syntheticRecord();

/** The rows of a page's data. */
function tableOf(data: ReportData): Record<string, unknown>[] {
  const values = data.columns.map((name) => [name, unpacked(data.table[name], data.cells)] as const);
  const total = data.cells.reduce((sum, { rows }) => sum + rows, 0);
  return Array.from({ length: total }, (_, row) => Object.fromEntries(values.map(([name, all]) => [name, all[row]])));
}

/** The content of a script element of a page, as JSON. */
function scriptOf(html: string, id: string): unknown {
  return JSON.parse(
    new RegExp(`<script type="application/json" id="${id}">([^<]*)</script>`).exec(html)?.[1] ?? "null",
  );
}

test("a report is four files next to the record, five with a width, and nothing else", async () => {
  await inDirectory(record, async (directory) => {
    const { files } = await writeReport(directory);
    expect((await readdir(directory)).sort()).toEqual([
      "figure.png",
      "figure.svg",
      "frames.svg",
      "journal.jsonl",
      "manifest.json",
      "report.html",
    ]);
    const png = await readFile(files.png);
    expect(png.subarray(1, 4).toString("latin1")).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2070, expect.any(Number)]);
    const svg = await readFile(files.svg, "utf8");
    expect(svg.match(/@font-face\{font-family:"Source Sans 3"[^}]*url\(data:font\/ttf;base64,/g)).toHaveLength(2);
    expect(svg.replace(/xmlns(:xlink)?="[^"]*"/g, "")).not.toMatch(/https?:/);
    await writeReport(directory, { width: "3.3in" });
    expect(await readFile(files.svg, "utf8")).toContain('width="237.6pt"');
    expect((await readFile(join(directory, "figure.pdf"))).subarray(0, 5).toString("latin1")).toBe("%PDF-");
    await expect(writeReport(directory, { width: "2in" })).rejects.toMatchObject({ kind: "input" });
    await expect(writeReport(directory, { group: ["steps"] })).rejects.toMatchObject({ kind: "input" });
  });
});

describe("the page", () => {
  test("contains every exported number", async () => {
    await inDirectory(record, async (directory) => {
      const { files, record: read } = await writeReport(directory);
      const data = scriptOf(await readFile(files.html, "utf8"), "l1probe-data") as ReportData;
      expect(tableOf(data)).toEqual(rows(read));
    });
  });

  test("loads nothing from another machine, and its policy forbids it", async () => {
    await inDirectory(record, async (directory) => {
      const { files } = await writeReport(directory);
      const html = await readFile(files.html, "utf8");
      const markup = html.replace(/<script[\s\S]*?<\/script>/g, "");
      expect(markup).not.toMatch(/(src|href)="(?!data:|#)/);
      expect(markup).toContain("default-src 'none'");
    });
  });

  test("escapes text from the experiment", async () => {
    const text = "# </script><script>alert(1)</script><!-- & ' \"";
    const hostile = {
      ...record,
      manifest: { ...record.manifest, name: "<img src=x>", experiment: { text, file: "<b>", profile: null } },
    };
    await inDirectory(hostile, async (directory) => {
      const { files } = await writeReport(directory);
      const html = await readFile(files.html, "utf8");
      expect((scriptOf(html, "l1probe-data") as ReportData).experiment.text).toBe(text);
      expect(html.includes("<img"), "<img").toBe(false);
      expect(html.includes("<script>alert"), "<script>alert").toBe(false);
      expect(html.match(/<script/g)).toHaveLength(html.match(/<\/script>/g)?.length ?? -1);
    });
  });

  test("writes non-finite numbers as strings", async () => {
    const poisoned = withStepsOf(record, 0, (step) => ({
      ...step,
      signals: step.signals.map((signal) => ({
        ...signal,
        whole: signal.whole && { ...signal.whole, sumAbs: Number.NaN },
      })),
    }));
    await inDirectory(poisoned, async (directory) => {
      const { files } = await writeReport(directory);
      const data = scriptOf(await readFile(files.html, "utf8"), "l1probe-data") as ReportData;
      expect(tableOf(data)[0]?.cond_abs_mean).toBe("NaN");
    });
  });

  test("lists each cell's experts in the table, and has no such column without experts", async () => {
    const page = async (some: SweepRecord) => {
      let html = "";
      await inDirectory(some, async (directory) => {
        html = await readFile((await writeReport(directory)).files.html, "utf8");
      });
      return html;
    };
    expect(await page(record)).not.toContain(">experts</th>");
    const html = await page(withStepsOf(record, 0, (step) => ({ ...step, expert: step.step < 6 ? "high" : "low" })));
    expect(html).toContain(">experts</th>");
    expect(html.match(/<td>high, low from step 6<\/td>/g)).toHaveLength(1);
    expect(html.match(/<td>one<\/td>/g)).toHaveLength(3);
  });

  test("embeds small clips and links to large ones", async () => {
    const bytes = Buffer.from("an mp4");
    const big = 30 * 1024 * 1024;
    const [small, large] = [withVideos(record, bytes.length), withVideos(record, big)];
    const mixed = withCell(small, 3, large.cells[3] ?? {});
    await inDirectory(mixed, async (directory) => {
      for (const { cellId } of mixed.cells) await putVideo(directory, cellId, bytes);
      const { files } = await writeReport(directory);
      const html = await readFile(files.html, "utf8");
      const sources = [...html.matchAll(/<video src="([^"]*)"/g)].map(([, source]) => source);
      expect(sources.slice(0, 3)).toEqual(Array(3).fill(`data:video/mp4;base64,${bytes.toString("base64")}`));
      expect(sources[3]).toBe("artifacts/cell0003/video.mp4");
      expect(html.includes("1 clip is too big"), "1 clip is too big").toBe(true);
    });
  });
});

test("a running sweep has a report of its finished cells", async () => {
  const running = withCell(record, 2, { status: "missing", steps: [], started: null, finished: null });
  await inDirectory(running, async (directory) => {
    const { files } = await writeReport(directory);
    const html = await readFile(files.html, "utf8");
    expect(html.includes("1 cell not run yet"), "1 cell not run yet").toBe(true);
    expect(html.includes(">missing</td>"), ">missing</td>").toBe(true);
  });
});

test("a sweep without a finished cell has a report that says so", async () => {
  const cell = { status: "missing", steps: [], started: null, finished: null } as const;
  await inDirectory(withCell(syntheticRecord([syntheticCell()]), 0, cell), async (directory) => {
    const { files } = await writeReport(directory);
    expect((await readFile(files.html, "utf8")).includes("No cell has finished")).toBe(true);
  });
});

test("a directory without a sweep is refused", async () => {
  await inDirectory(record, async (directory) => {
    await writeFile(join(directory, "manifest.json"), "{}");
    await expect(writeReport(directory)).rejects.toMatchObject({ kind: "input" });
    await expect(writeReport(join(directory, "none"))).rejects.toMatchObject({ kind: "input" });
  });
});

test("several records are drawn as one, with every cell once and what differs between them in its label", async () => {
  const [a, b] = [
    syntheticRecord([syntheticCell({ steps: 4 }), syntheticCell({ steps: 6 })]),
    syntheticRecord([syntheticCell({ steps: 4 }), syntheticCell({ steps: 8 })]),
  ];
  // As a record gives them, ids are the same for the same generation only.
  const [, last] = b.manifest.cells;
  const renamed = (cellId: string) => (cellId === last?.cellId ? "cell0009" : cellId);
  const other: SweepRecord = {
    ...b,
    manifest: { ...b.manifest, cells: b.manifest.cells.map((one) => ({ ...one, cellId: renamed(one.cellId) })) },
    cells: b.cells.map((one) => ({ ...one, cellId: renamed(one.cellId) })),
  };
  await inDirectory(a, (first) =>
    inDirectory(other, async (second) => {
      const output = join(first, "both");
      const { record: drawn, files } = await writeReport([first, second], { output });
      expect(drawn.cells.map(({ cell }) => cell.steps)).toEqual([4, 6, 8]);
      const data = scriptOf(await readFile(files.html, "utf8"), "l1probe-data") as ReportData;
      expect(tableOf(data).map(({ steps }) => steps)).toEqual([4, 6, 8].flatMap((steps) => Array(steps).fill(steps)));
      expect(new Set(data.cells.map(({ label }) => label)).size).toBe(3);
      expect((await readdir(first)).sort()).toEqual(["both", "journal.jsonl", "manifest.json"]);
    }),
  );
});
