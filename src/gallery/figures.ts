import { curvesFigure } from "../figure/curves.ts";
import type { Figure } from "../figure/figure.ts";
import { meanAbsFigure } from "../figure/meanAbs.ts";
import { schedulesFigure } from "../figure/schedules.ts";
import { packageVersion } from "../package.ts";
import type { SweepRecord } from "../record/record.ts";
import { parseSchedule } from "../schedule/index.ts";
import type { FigureKind, Finding } from "./finding.ts";

/** The line of the article's first figure: 1 − σ = 0.11. */
const articleLine = 0.11;

const draw: Record<FigureKind, (record: SweepRecord) => Figure> = {
  article: curvesFigure,
  sizes: meanAbsFigure,
  schedules(record) {
    const drawn = record.manifest.cells.map(({ cell }) => ({
      // Without what a family adds by default, as a person writes it.
      label: cell.schedule.replace(/^linear-quadratic-smooth:.*$/, "linear-quadratic-smooth"),
      schedule: parseSchedule(cell.schedule),
      sigmas: cell.sigmas,
    }));
    return schedulesFigure(drawn, articleLine, packageVersion());
  },
};

/** A figure's file, in the gallery's folder of images. */
export function fileOf({ name, figures }: Finding, kind: FigureKind): string {
  return kind === figures.at(-1) ? `${name}.svg` : `${name}-${kind}.svg`;
}

/** What a figure shows, for those who cannot see it. */
export function altOf({ name }: Finding, kind: FigureKind): string {
  return {
    article: `${name}: relative L1 of cond, cfg and latent against step and timestep, and the schedules`,
    sizes: `${name}: mean size of latent, cond and cfg against the timestep`,
    schedules: `${name}: 1 − σ against the step, slopes and step sizes of the schedules`,
  }[kind];
}

/** The figures of a finished sweep, each with its file. */
export function figuresOf(finding: Finding, record: SweepRecord): { file: string; figure: Figure }[] {
  return finding.figures.map((kind) => ({ file: fileOf(finding, kind), figure: draw[kind](record) }));
}
