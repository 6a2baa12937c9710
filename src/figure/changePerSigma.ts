import { changePerSigma, distinctMetrics, positions, stepSizes } from "../analysis/curve.ts";
import type { SweepRecord } from "../record/record.ts";
import { captionBelow, subtitle } from "./caption.ts";
import type { AxisOfPanel, Figure, Panel, PanelCurve, PanelRow } from "./figure.ts";
import { elapsedAxis, fractionAxis, panel, tracesOf, valueAxis } from "./panel.ts";
import { automatic, type DrawnCells, type DrawOptions, drawnCells } from "./series.ts";

/**
 * The change of each metric per unit of sigma, and the step widths Δσ. If L1/Δσ of different schedules falls on one
 * curve, the change depends on sigma alone, and a schedule only decides where that curve is sampled.
 */
export function changePerSigmaFigure(record: SweepRecord, options: DrawOptions = automatic): Figure {
  const drawn = drawnCells(record, options);
  const metrics = distinctMetrics(record.manifest.cells.map(({ cell }) => cell));
  return {
    title: `${record.manifest.name}: step widths and change per unit σ`,
    subtitle: [...subtitle(record), ...(drawn.groupText === null ? [] : [drawn.groupText])],
    rows: [
      sizesRow(drawn),
      {
        key: "change-per-sigma",
        title: "L1 / Δσ: relative L1 per unit of sigma",
        panels: metrics.map((metric) => {
          const curves = drawn.cells.map((cell): PanelCurve => {
            const { reversedTimestep, values, sigmaChanged } = changePerSigma(cell, metric);
            return [reversedTimestep, values, sigmaChanged];
          });
          const traces = tracesOf(curves, drawn.series);
          const value = valueAxis(`${metric}_change_per_sigma`, `${metric} relative L1 / Δσ`, null, traces);
          return panel(`${metric}-change-per-sigma`, elapsedAxis, value, curves, traces);
        }),
      },
    ],
    aside: null,
    series: drawn.series,
    legend: drawn.legend,
    facets: [],
    notes: [],
    caption: captionBelow(record),
  };
}

function sizesRow({ cells, series }: DrawnCells): PanelRow {
  const sizes = cells.map(stepSizes);
  // Cells of one group share their schedule.
  const own = series.map((one) => ({ cells: one.cells.slice(0, 1) }));
  const along = (key: string, x: AxisOfPanel, of: "fraction" | "reversedTimestep"): Panel => {
    const curves = cells.map((cell, i): PanelCurve => [positions(cell)[of], sizes[i] ?? [], wide(sizes[i])]);
    const traces = tracesOf(curves, own);
    return panel(key, x, valueAxis("delta_sigma", "Δσ = σ − σ next", null, traces), curves, traces);
  };
  const first = along("sigma-step", fractionAxis, "fraction");
  const second = along("sigma-timestep", elapsedAxis, "reversedTimestep");
  return { key: "step-size", title: "Δσ: the width of each step", panels: [first, { ...second, y: first.y }] };
}

/** Which evaluations end a step of positive width; a corrector evaluation at the same sigma does not. */
function wide(sizes: readonly number[] = []): boolean[] {
  return sizes.map((size) => size !== 0);
}
