import { curvesFigure } from "../../src/figure/curves.ts";
import type { Figure } from "../../src/figure/figure.ts";
import { meanAbsFigure } from "../../src/figure/meanAbs.ts";
import { schedulesFigure } from "../../src/figure/schedules.ts";
import { packageVersion } from "../../src/package.ts";
import type { SweepRecord } from "../../src/record/record.ts";
import { parseSchedule } from "../../src/schedule/index.ts";
import type { FigureKind, Observation } from "./observation.ts";

/** The dashed line of the first figure of docs/article.md: 1 − σ = 0.11. */
const referenceLine = 0.11;

const draw: Record<FigureKind, (record: SweepRecord) => Figure> = {
  curves: curvesFigure,
  "mean-abs": meanAbsFigure,
  schedules(record) {
    const drawn = record.manifest.cells.map(({ cell }) => ({
      // As a person writes it, without the default parameters.
      label: cell.schedule.replace(/^linear-quadratic-smooth:.*$/, "linear-quadratic-smooth"),
      schedule: parseSchedule(cell.schedule),
      sigmas: cell.sigmas,
    }));
    return schedulesFigure(drawn, referenceLine, packageVersion());
  },
};

/** A figure's file name in the gallery's folder of images. */
export function fileOf({ name, figures }: Observation, kind: FigureKind): string {
  return kind === figures.at(-1) ? `${name}.svg` : `${name}-${kind}.svg`;
}

/** Alternative text of a figure. */
export function altOf({ name }: Observation, kind: FigureKind): string {
  return {
    curves: `${name}: relative L1 of cond, cfg and latent against step and timestep, and the schedules`,
    "mean-abs": `${name}: mean absolute value of latent, cond and cfg against the timestep`,
    schedules: `${name}: 1 − σ against the step, slopes and step sizes of the schedules`,
  }[kind];
}

/** The figures of a finished sweep, each with its file. */
export function figuresOf(observation: Observation, record: SweepRecord): { file: string; figure: Figure }[] {
  return observation.figures.map((kind) => ({ file: fileOf(observation, kind), figure: draw[kind](record) }));
}
