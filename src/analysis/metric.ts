import type { Cell } from "../experiment/cell.ts";
import { Difference } from "../generated/l1probe/v1/probe.ts";

/** The three curves of the article, in the order in which they are drawn. */
export const metrics = ["cond", "cfg", "latent"] as const;

/**
 * What a relative L1 is taken of. `cond` and `cfg`: a prediction against the one before it (the transformer's
 * conditional output; what the solver received). `latent`: the solver's state after a step against before it.
 */
export type Metric = (typeof metrics)[number];

/** What the wire calls the difference that a metric is of; the first step has none of predictions. */
export const differenceOf: Readonly<Record<Metric, Difference>> = {
  cond: Difference.DIFFERENCE_COND,
  cfg: Difference.DIFFERENCE_CFG,
  latent: Difference.DIFFERENCE_LATENT,
};

/** Whether a cell runs an unconditional forward too, so that cfg differs from cond. */
export function runsTrueCfg(cell: Cell): boolean {
  return cell.true_cfg_scale > 1 && cell.negative_prompt !== null;
}

/** The metrics that differ from each other in a sweep: without true CFG, cfg is cond. */
export function distinctMetrics(cells: readonly Cell[]): Metric[] {
  return metrics.filter((metric) => metric !== "cfg" || cells.some(runsTrueCfg));
}
