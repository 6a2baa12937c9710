import { positions, runsTrueCfg } from "../analysis/curve.ts";
import { absMean } from "../analysis/ratio.ts";
import type { Column } from "../analysis/row.ts";
import { Signal } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";
import { captionBelow, subtitle } from "./caption.ts";
import type { Figure, PanelCurve } from "./figure.ts";
import { elapsedAxis, panel, tracesOf, valueAxis } from "./panel.ts";
import { drawnCells } from "./series.ts";

const signals = [
  { name: "latent", column: "latent_in_abs_mean", signal: Signal.SIGNAL_LATENT_IN },
  { name: "cond", column: "cond_abs_mean", signal: Signal.SIGNAL_COND },
  { name: "cfg", column: "cfg_abs_mean", signal: Signal.SIGNAL_CFG },
] as const satisfies readonly { name: string; column: Column; signal: Signal }[];

/**
 * The mean absolute values of latent_in, cond and cfg against 1000 − timestep. Without true CFG, cfg equals cond and is
 * not drawn.
 */
export function meanAbsFigure(record: SweepRecord): Figure {
  const drawn = drawnCells(record);
  const guided = record.manifest.cells.some(({ cell }) => runsTrueCfg(cell));
  const panels = signals
    .filter(({ signal }) => guided || signal !== Signal.SIGNAL_CFG)
    .map(({ name, column, signal }) => {
      const curves = drawn.cells.map(
        (cell): PanelCurve => [positions(cell).reversedTimestep, cell.steps.map((step) => absMean(step.sums(signal)))],
      );
      const traces = tracesOf(curves, drawn.series);
      return panel(`${name}-mean-abs`, elapsedAxis, valueAxis(column, `mean |${name}|`, null, traces), curves, traces);
    });
  return {
    title: `${record.manifest.name}: mean absolute values`,
    subtitle: [...subtitle(record), ...(drawn.groupText === null ? [] : [drawn.groupText])],
    rows: [{ key: "mean-abs", title: "Mean of |x| of the latent and of both predictions", panels }],
    aside: null,
    series: drawn.series,
    legend: drawn.legend,
    facets: [],
    notes: [],
    caption: captionBelow(record),
  };
}
