import { extname } from "node:path";
import { ProbeError } from "../errors.ts";
import type { Figure } from "../figure/figure.ts";
import { schedulesFigure } from "../figure/schedules.ts";
import { packageVersion } from "../package.ts";
import { writeWhole } from "../record/files.ts";
import { say } from "./process.ts";
import { printed, type Sampled } from "./scheduleText.ts";

const PICTURES = [".svg", ".png", ".html"];

/** What is asked of a picture. */
interface Picture {
  readonly plot: string | undefined;
  /** 1 − σ of a dashed line. */
  readonly line: number | undefined;
  readonly show: boolean;
}

/** Refuses a picture that cannot be drawn, before anything is. */
export function checkPicture({ plot, line }: Picture): void {
  if (plot !== undefined && !PICTURES.includes(extname(plot).toLowerCase()))
    throw new ProbeError("input", `--plot is ${plot}; its name must end in ${PICTURES.join(", ")}.`);
  if (line !== undefined && !(line > 0 && line < 1))
    throw new ProbeError("input", `--line is ${line}; it must be a 1 − σ between 0 and 1, like .11.`);
}

/** The picture's file, by its ending. */
async function picture(figure: Figure, path: string, samples: readonly Sampled[]): Promise<string | Uint8Array> {
  if (extname(path).toLowerCase() === ".html") {
    const { plotlySource } = await import("../report/write.ts");
    const { figurePage } = await import("../report/figurePage.ts");
    return figurePage(figure, await plotlySource(), printed(samples, "json", null));
  }
  const { pngFigure, svgFigure } = await import("../figure/static/images.ts");
  return extname(path).toLowerCase() === ".svg" ? svgFigure(figure) : pngFigure(figure);
}

/** Draws schedules over each other: into a file, in a browser, or both. */
export async function drawSchedules(samples: readonly Sampled[], asked: Picture): Promise<void> {
  const drawn = samples.map(({ spec, schedule, sigmas }) => ({ label: spec, schedule, sigmas }));
  const figure = schedulesFigure(drawn, asked.line ?? null, packageVersion());
  if (asked.plot !== undefined) {
    const made = await picture(figure, asked.plot, samples);
    await writeWhole(asked.plot, typeof made === "string" ? made : [made]);
    say(asked.plot);
  }
  if (!asked.show) return;
  const [{ nodeplotlibPlots }, { show }] = await Promise.all([
    import("../figure/nodeplotlib.ts"),
    import("../report/show.ts"),
  ]);
  const { url, closed } = await show(nodeplotlibPlots(figure));
  say(`The schedules are at ${url}; close the page or press Ctrl-C to end.`);
  await closed;
}
