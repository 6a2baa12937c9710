import { progress } from "../analysis/curve.ts";
import { runsTrueCfg } from "../analysis/metric.ts";
import { absMean } from "../analysis/ratio.ts";
import { Signal } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";
import { caption } from "./caption.ts";
import type { Figure } from "./figure.ts";
import { elapsedAxis, panel, valueAxis } from "./panel.ts";
import { drawnCells } from "./series.ts";

const signals = [
  { name: "latent", signal: Signal.SIGNAL_LATENT_IN },
  { name: "cond", signal: Signal.SIGNAL_COND },
  { name: "cfg", signal: Signal.SIGNAL_CFG },
];

/**
 * The article's table as a picture: the mean of |x| of latent_in, cond and cfg against 1000 − timestep. Without true CFG
 * cfg is cond and is not drawn again.
 */
export function sizesFigure(record: SweepRecord): Figure {
  const drawn = drawnCells(record);
  const guided = record.manifest.cells.some(({ cell }) => runsTrueCfg(cell));
  const panels = signals
    .filter(({ signal }) => guided || signal !== Signal.SIGNAL_CFG)
    .map(({ name, signal }) => {
      const means = drawn.cells.map(({ steps }) => steps.map((step) => absMean(step.sums(signal))));
      const curves = drawn.cells.map((cell, i) => [progress(cell).elapsed, means[i] ?? []] as const);
      return panel(`${name}-size`, elapsedAxis, valueAxis(`mean |${name}|`, null, means), curves);
    });
  return {
    title: `${record.manifest.name}: sizes`,
    rows: [{ key: "sizes", title: "Mean of |x| of the latent and of both predictions", panels }],
    series: drawn.series,
    legend: drawn.legend,
    notes: [],
    caption: caption(record),
  };
}
