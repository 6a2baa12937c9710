import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { figuresSchema } from "../experiment/figures.ts";
import { curvesFigure } from "../figure/curves.ts";
import { type FrameFigure, frameCells, frameFigure } from "../figure/frames.ts";
import { checkGroup } from "../figure/groups.ts";
import { charactersOf, embeddedFonts, fontFaces } from "../figure/static/fonts.ts";
import { heatMapFigure, staticFigure } from "../figure/static/images.ts";
import { defaultWidth, sheetOf } from "../figure/static/sheet.ts";
import { ArtifactKind } from "../generated/l1probe/v1/probe.ts";
import { packageRoot } from "../package.ts";
import { writeWhole } from "../record/files.ts";
import { readRecord, readStepsOf } from "../record/read.ts";
import type { SweepRecord } from "../record/record.ts";
import type { Clip } from "./page/clips.ts";
import { reportPage } from "./page/document.ts";
import { stillsOf } from "./page/still.ts";

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

/**
 * Reads a sweep's directory and writes report.html, figure.svg and figure.png into it, and figure.pdf if asked, also while the sweep runs.
 *
 * @throws ProbeError kind input if the directory has no sweep, or an option is not one
 */
export async function writeReport(
  directory: string,
  { width, group = null, against, pdf: withPdf = width !== undefined }: ReportOptions = {},
): Promise<{ record: SweepRecord; files: ReportFiles }> {
  if (group !== null) checkGroup(group, "--group");
  sheetOf(width ?? defaultWidth);
  const record = await readRecord(directory);
  const options = { group: group ?? groupOf(record), against: against ?? null };
  const frames = await readFrames(directory, record);
  const files = {
    html: join(directory, "report.html"),
    svg: join(directory, "figure.svg"),
    png: join(directory, "figure.png"),
    pdf: withPdf ? join(directory, "figure.pdf") : null,
    frames: frames === null ? null : join(directory, "frames.svg"),
  };
  const figure = curvesFigure(record, options);
  const { svg, png, pdf } = staticFigure(figure, width);
  const page = async () => {
    const [plotly, script, clips] = await Promise.all([plotlySource(), pageScript(), readClips(directory, record)]);
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
async function readClips(dir: string, record: SweepRecord): Promise<Clip[]> {
  const clips: Clip[] = [];
  let used = 0;
  for (const { cellId, artifacts } of record.cells) {
    for (const { artifact, path } of artifacts) {
      if (artifact.kind !== ArtifactKind.ARTIFACT_KIND_VIDEO) continue;
      const inside = used + Number(artifact.size) <= budget;
      if (inside) {
        const bytes = await readFile(join(dir, path));
        used += bytes.length;
        clips.push({ cellId, source: `data:video/mp4;base64,${bytes.toString("base64")}`, inside });
      } else {
        clips.push({ cellId, source: encodeURI(path), inside });
      }
    }
  }
  return clips;
}

/** The heat maps of the first cells. Steps are read one cell at a time, since sums per latent frame are big. */
async function readFrames(directory: string, record: SweepRecord): Promise<FrameFigure | null> {
  const cellIds = frameCells(record).cells.map(({ cellId }) => cellId);
  return frameFigure(record, await readStepsOf(directory, cellIds));
}
