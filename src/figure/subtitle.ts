import { differs } from "../analysis/factor.ts";
import { type Axis, type Cell, scheduleText } from "../experiment/cell.ts";
import { scaleText, usesTrueCfg } from "../experiment/trueCfg.ts";
import type { IdentifiedCell, SweepRecord } from "../record/record.ts";
import { modelParts } from "./caption.ts";
import { cut, sizeLabel, valueLabel } from "./label.ts";

/** A prompt longer than this is cut: a report's page has it whole. */
const longestPrompt = 160;

/** Constants of a cell in the order in which a caption of a paper lists them. */
const constants: readonly { readonly axes: readonly Axis[]; readonly text: (cell: Cell) => string | null }[] = [
  { axes: ["height", "width"], text: sizeLabel },
  { axes: ["frames"], text: ({ frames }) => valueLabel("frames", String(frames)) },
  { axes: ["steps"], text: ({ steps }) => valueLabel("steps", String(steps)) },
  { axes: ["schedule"], text: scheduleText },
  { axes: ["true_cfg_scale"], text: guidance },
  { axes: ["guidance_scale"], text: ({ guidance_scale: scale }) => (scale === 1 ? null : `guidance ${scale}`) },
  { axes: ["seed"], text: ({ seed }) => valueLabel("seed", String(seed)) },
  { axes: ["sampler"], text: ({ sampler }) => sampler },
];

function guidance(cell: Cell): string | null {
  if (usesTrueCfg(cell)) return valueLabel("true_cfg_scale", scaleText(cell.true_cfg_scale));
  return cell.guidance_scale === 1 ? "no guidance" : null;
}

/**
 * What the figure shows, so that it stands alone: the prompt, then what all cells share of size, frames, steps, schedule,
 * guidance, seed and sampler, then models and weights. What varies is in the legend.
 */
export function subtitle(record: SweepRecord): string[] {
  const cells = record.manifest.cells;
  const prompt = constant(cells, "prompt");
  const shared = constants.flatMap(({ axes, text }) => {
    const [first] = cells;
    if (first === undefined || axes.some((axis) => differs(cells, axis))) return [];
    return text(first.cell) ?? [];
  });
  return [
    ...(prompt === null ? [] : [`“${cut(prompt, longestPrompt)}”`]),
    ...(shared.length === 0 ? [] : [shared.join(" · ")]),
    modelParts(record).join(" · "),
  ];
}

function constant(cells: readonly IdentifiedCell[], axis: "prompt"): string | null {
  return differs(cells, axis) ? null : (cells[0]?.cell[axis] ?? null);
}
