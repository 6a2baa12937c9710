import { provenanceOf, type WeightsWord, weightsWord } from "../analysis/provenance.ts";
import { modelLabel } from "../experiment/modelLabel.ts";
import type { Provenance } from "../generated/l1probe/v1/probe.ts";
import type { SweepRecord } from "../record/record.ts";

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
export function modelParts(record: SweepRecord): string[] {
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
