import { differs } from "../analysis/factor.ts";
import { type Axis, type Cell, scheduleText } from "../experiment/cell.ts";
import { modelLabel } from "../experiment/identity.ts";
import { scaleText, usesTrueCfg } from "../experiment/trueCfg.ts";
import type { Provenance } from "../generated/l1probe/v1/probe.ts";
import { provenanceOf, type WeightsWord, weightsWord } from "../record/manifest.ts";
import type { IdentifiedCell, SweepRecord } from "../record/record.ts";
import { cut, sizeLabel, valueLabel } from "./label.ts";

/**
 * What ran, in one line below every figure: model and whether its weights are trained, random or bundled, dtype, solver
 * state, sampler, device, versions, date.
 */
export function caption(record: SweepRecord): string {
  return provenanceParts(record).join(" · ");
}

/** The caption's parts, the model first. */
export function provenanceParts(record: SweepRecord): string[] {
  const samplers = over(record.cells.map(({ cell }) => cell.sampler));
  const [dtype = "", solverState = "", ...rest] = numericParts(record);
  return [...modelParts(record), dtype, solverState, samplers, ...rest].filter((part) => part !== "");
}

/** What ran besides the model and the sampler, which a figure's subtitle names. */
export function captionBelow(record: SweepRecord): string {
  return numericParts(record)
    .filter((part) => part !== "")
    .join(" · ");
}

/** The models, and whether their weights are trained. */
function modelParts(record: SweepRecord): string[] {
  const models = weightsGroups(provenancesOf(record));
  return models.length === 0 ? ["unknown model"] : models;
}

function provenancesOf(record: SweepRecord): Provenance[] {
  return record.cells.flatMap((cell) => provenanceOf(record, cell) ?? []);
}

function over(values: readonly (string | undefined)[]): string {
  return [...new Set(values.filter((value) => value !== undefined && value !== ""))].join(" / ");
}

function numericParts(record: SweepRecord): string[] {
  const { manifest, cells } = record;
  const provenances = provenancesOf(record);
  return [
    over(provenances.map(({ model }) => model?.transformerDtype)),
    `solver state ${over(cells.map(({ cell }) => cell.solver_state))}`,
    over(provenances.map(({ device }) => device?.name)),
    ...["torch", "diffusers"].map((name) => named(name, over(provenances.map(({ versions }) => versions[name])))),
    named("l1probe", over([manifest.client.l1probe, ...provenances.map(({ versions }) => versions.l1probe)])),
    startOf(manifest.created),
  ];
}

/** `a, b (random weights)`: the models of each kind of weights. */
function weightsGroups(provenances: readonly Provenance[]): string[] {
  const groups = new Map<WeightsWord, Set<string>>();
  for (const { model } of provenances) {
    const word = weightsWord(model?.weights);
    groups.set(word, (groups.get(word) ?? new Set()).add(modelLabel(model)));
  }
  return [...groups].map(([word, ids]) => `${[...ids].join(", ")} (${ids.size > 1 ? "all " : ""}${word} weights)`);
}

function named(name: string, version: string): string {
  return version === "" ? "" : `${name} ${version}`;
}

/** An ISO 8601 time in UTC, to the minute; any other text is returned unchanged. */
function startOf(created: string): string {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/.exec(created) ?? [];
  return date === undefined ? created : `${date} ${minute} UTC`;
}

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
