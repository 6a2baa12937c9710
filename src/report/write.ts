import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { parseDocument } from "yaml";
import { ProbeError } from "../errors.ts";
import { figuresSchema } from "../experiment/schema.ts";
import { curvesFigure } from "../figure/curves.ts";
import { type FrameFigure, frameCells, frameFigure } from "../figure/frames.ts";
import { checkGroup } from "../figure/groups.ts";
import { charactersOf, embeddedFonts, fontFaces } from "../figure/static/fonts.ts";
import { heatMapFigure, staticFigure } from "../figure/static/images.ts";
import { defaultWidth, sheetOf } from "../figure/static/sheet.ts";
import { ArtifactKind, type Step } from "../generated/l1probe/v1/probe.ts";
import { packageRoot } from "../package.ts";
import { writeWhole } from "../record/files.ts";
import { type MergedRecord, mergeRecords } from "../record/merge.ts";
import { readRecord, readStepsOf } from "../record/read.ts";
import type { SweepRecord } from "../record/record.ts";
import type { Clip } from "./page/clips.ts";
import { reportPage } from "./page/document.ts";
import { stillsOf } from "./page/figures.ts";

/** How a report's figures are drawn. */
export interface ReportOptions {
  /** Of the static figure: `3.3in`, `6.9in`, any other number of inches, or `slide`. */
  readonly width?: string | undefined;
  /** Axes whose cells become a median and a band; null for seeds and prompts, if they are many. */
  readonly group?: readonly string[] | null | undefined;
  /** A cell's id, or a schedule's short form, from whose curves the differences are drawn. */
  readonly against?: string | undefined;
  /** Whether figure.pdf is written, too; by default if a width is given. */
  readonly pdf?: boolean | undefined;
  /** Folder for the files; by default the sweep's own, or for several a new one beside the first. */
  readonly output?: string | undefined;
}

/** The paths of a report's files. */
export interface ReportFiles {
  readonly html: string;
  readonly svg: string;
  readonly png: string;
  /** null if it was not asked for. */
  readonly pdf: string | null;
  /** Heat maps of latent frame × step; null if no cell has more than one latent frame. */
  readonly frames: string | null;
}

/** Reads records; several become one. */
async function readAll(directories: readonly string[]): Promise<MergedRecord> {
  const distinct = [...new Set(directories)];
  const read = await Promise.all(
    distinct.map(async (directory) => ({ directory, record: await readRecord(directory) })),
  );
  const [first, ...more] = read;
  if (first === undefined)
    throw new ProbeError("input", "No sweep is named; name the folder of one.", { path: "dirs" });
  return more.length === 0 ? { record: first.record, directoryOf: () => first.directory } : mergeRecords(read);
}

/** Where a report of several records goes: `runs/a+b` for runs/a and runs/b. */
function folderOf(directories: readonly string[]): string {
  const [first = ".", ...more] = [...new Set(directories)];
  return more.length === 0 ? first : join(dirname(first), [first, ...more].map((one) => basename(one)).join("+"));
}

/**
 * Reads sweeps' directories and writes report.html, figure.svg and figure.png, and figure.pdf if asked, also while a sweep
 * runs.
 *
 * @param directory of a sweep, or of several, which are drawn as one
 * @throws ProbeError kind input if a directory has no sweep, or an option is not one
 */
export async function writeReport(
  directory: string | readonly string[],
  {
    width,
    group = null,
    against,
    pdf: withPdf = width !== undefined,
    output = folderOf([directory].flat()),
  }: ReportOptions = {},
): Promise<{ record: SweepRecord; files: ReportFiles }> {
  if (group !== null) checkGroup(group, "--group");
  sheetOf(width ?? defaultWidth);
  const merged = await readAll([directory].flat());
  const { record } = merged;
  const options = { group: group ?? groupOf(record), against: against ?? null };
  const frames = await readFrames(merged);
  const files = {
    html: join(output, "report.html"),
    svg: join(output, "figure.svg"),
    png: join(output, "figure.png"),
    pdf: withPdf ? join(output, "figure.pdf") : null,
    frames: frames === null ? null : join(output, "frames.svg"),
  };
  const figure = curvesFigure(record, options);
  const { svg, png, pdf } = staticFigure(figure, width);
  const page = async () => {
    const [plotly, script, clips] = await Promise.all([plotlySource(), pageScript(), readClips(merged, output)]);
    const stills = stillsOf(figure);
    const fonts = fontFaces(await embeddedFonts(charactersOf(stills.join("") + latin)));
    const parts = { figure, fonts, stills, frames, plotly, script, clips, options };
    await writeWhole(files.html, reportPage(record, parts));
  };
  await Promise.all([
    png.then((bytes) => writeWhole(files.png, [bytes])),
    page()
      .then(svg)
      .then((text) => writeWhole(files.svg, text)),
  ]);
  if (files.pdf !== null) await writeWhole(files.pdf, [await pdf()]);
  if (frames !== null && files.frames !== null) await writeWhole(files.frames, await heatMapFigure(frames));
  return { record, files };
}

/** The axes that the experiment's own figures are grouped by; null if it does not say. */
function groupOf({ manifest }: SweepRecord): readonly string[] | null {
  const document = parseDocument(manifest.experiment.text);
  const experiment: unknown = document.errors.length === 0 ? document.toJS() : null;
  const figures: unknown = typeof experiment === "object" && experiment !== null && Reflect.get(experiment, "figures");
  return figuresSchema.safeParse(figures).data?.group ?? null;
}

/** The source of plotly.js's basic bundle, to embed in a page. */
export async function plotlySource(): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve("plotly.js-basic-dist-min"), "utf8");
}

/** Characters of the page's other figures. */
const latin = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i)).concat("Δσ−×");

/** What runs in the page, as the build bundles it. */
async function pageScript(): Promise<string> {
  return readFile(join(packageRoot, "dist/report/browser.js"), "utf8");
}

/** The most bytes of video embedded in a report, so that it can still be mailed. */
const budget = 24 * 1024 * 1024;

/**
 * The videos that a sweep saved, in the record's order: as data: URIs while they fit, then as relative paths.
 */
async function readClips({ record, directoryOf }: MergedRecord, output: string): Promise<Clip[]> {
  const clips: Clip[] = [];
  let used = 0;
  for (const { cellId, artifacts } of record.cells) {
    for (const { artifact, path } of artifacts) {
      if (artifact.kind !== ArtifactKind.ARTIFACT_KIND_VIDEO) continue;
      const inside = used + Number(artifact.size) <= budget;
      if (inside) {
        const bytes = await readFile(join(directoryOf(cellId), path));
        used += bytes.length;
        clips.push({ cellId, source: `data:video/mp4;base64,${bytes.toString("base64")}`, inside });
      } else {
        clips.push({ cellId, source: encodeURI(relative(output, join(directoryOf(cellId), path))), inside });
      }
    }
  }
  return clips;
}

/** The heat maps of the first cells. Steps are read one cell at a time, since sums per latent frame are big. */
async function readFrames({ record, directoryOf }: MergedRecord): Promise<FrameFigure | null> {
  const cellIds = frameCells(record).cells.map(({ cellId }) => cellId);
  const steps = new Map<string, Step[]>();
  for (const directory of new Set(cellIds.map(directoryOf))) {
    const own = cellIds.filter((cellId) => directoryOf(cellId) === directory);
    for (const [cellId, read] of await readStepsOf(directory, own)) steps.set(cellId, read);
  }
  return frameFigure(record, steps);
}
