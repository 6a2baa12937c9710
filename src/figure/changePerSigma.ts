import { changePerSigma, stepSizes } from "../analysis/changePerSigma.ts";
import { distinctMetrics, positions } from "../analysis/curve.ts";
import type { SweepRecord } from "../record/record.ts";
import { caption } from "./caption.ts";
import type { Figure, PanelRow } from "./figure.ts";
import { elapsedAxis, fractionAxis, panel, valueAxis } from "./panel.ts";
import { type DrawnCells, drawnCells } from "./series.ts";

/**
 * The step widths Δσ, and the change of each metric per unit of sigma. If L1/Δσ of different schedules falls on one
 * curve, the change depends on sigma alone, and a schedule only decides where that curve is sampled.
 */
export function changePerSigmaFigure(record: SweepRecord): Figure {
  const drawn = drawnCells(record);
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  return {
    title: `${record.manifest.name}: step widths and change per unit σ`,
    rows: [
      sizesRow(drawn),
      {
        key: "change-per-sigma",
        title: "L1 / Δσ: relative L1 per unit of sigma",
        panels: metrics.map((metric) => {
          const curves = drawn.cells.map((cell) => changePerSigma(cell, metric));
          const value = valueAxis(
            `${metric}_change_per_sigma`,
            `${metric} relative L1 / Δσ`,
            null,
            curves.map(({ values }) => values),
          );
          return panel(
            `${metric}-change-per-sigma`,
            elapsedAxis,
            value,
            curves.map(({ reversedTimestep, values, sigmaChanged }) => [reversedTimestep, values, sigmaChanged]),
          );
        }),
      },
    ],
    series: drawn.series,
    legend: drawn.legend,
    notes: [],
    caption: caption(record),
  };
}

function sizesRow(drawn: DrawnCells): PanelRow {
  const sizes = drawn.cells.map(stepSizes);
  const value = valueAxis("delta_sigma", "Δσ = σ − σ next", null, sizes);
  const along = drawn.cells.map(positions);
  return {
    key: "step-size",
    title: "Δσ: the width of each step",
    panels: [
      panel(
        "sigma-step",
        fractionAxis,
        value,
        along.map(({ fraction }, i) => [fraction, sizes[i] ?? [], wide(sizes[i])]),
      ),
      panel(
        "sigma-timestep",
        elapsedAxis,
        value,
        along.map(({ reversedTimestep }, i) => [reversedTimestep, sizes[i] ?? [], wide(sizes[i])]),
      ),
    ],
  };
}

/** Which evaluations end a step of positive width; a corrector evaluation at the same sigma does not. */
function wide(sizes: readonly number[] = []): boolean[] {
  return sizes.map((size) => size !== 0);
}
