import { join } from "node:path";
import { articleFigure } from "../figure/article.ts";
import { writeWhole } from "../record/files.ts";
import { readRecord } from "../record/read.ts";
import type { SweepRecord } from "../record/record.ts";
import { readClips } from "./clips.ts";
import { reportPage } from "./page/document.ts";
import { plotlySource } from "./plotlySource.ts";
import { staticFigure } from "./static.ts";

/** What a report consists of: paths of the files. */
export interface ReportFiles {
  readonly html: string;
  readonly svg: string;
  readonly png: string;
}

/**
 * Reads a sweep's directory and writes report.html, figure.svg and figure.png into it, also while the sweep runs.
 *
 * @throws ProbeError kind input where the directory holds no sweep
 */
export async function writeReport(directory: string): Promise<{ record: SweepRecord; files: ReportFiles }> {
  const record = await readRecord(directory);
  const files = {
    html: join(directory, "report.html"),
    svg: join(directory, "figure.svg"),
    png: join(directory, "figure.png"),
  };
  const figure = articleFigure(record);
  const { svg, png } = await staticFigure(figure);
  const page = async () => {
    const parts = { figure, plotly: await plotlySource(), clips: await readClips(directory, record) };
    await writeWhole(files.html, reportPage(record, parts));
  };
  await Promise.all([
    png.then((bytes) => writeWhole(files.png, [bytes])),
    page()
      .then(svg)
      .then((text) => writeWhole(files.svg, text)),
  ]);
  return { record, files };
}
